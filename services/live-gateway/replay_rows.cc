#include "services/live-gateway/replay_rows.h"

#include <algorithm>
#include <cctype>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kNameMax = 64;

absl::Status CheckName(std::string_view field, const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (name.empty() || name.size() > kNameMax || !plain) {
    return FieldError(field, "must be 1 to 64 of letters, digits, '.', '_' and '-'");
  }
  return absl::OkStatus();
}

const char* FaultOf(const v1::RecordedRow& row) {
  if (row.time_ns() <= 0) {
    return "time_ns is not set";
  }
  if (row.is_trade()) {
    return row.price_e8() > 0 && row.quantity_e8() > 0 ? nullptr
                                                       : "a trade needs a price and a quantity";
  }
  if (row.bid_e8() < 0 || row.bid_size_e8() < 0 || row.ask_e8() < 0 || row.ask_size_e8() < 0) {
    return "a side is negative";
  }
  return row.bid_e8() > 0 || row.ask_e8() > 0 ? nullptr : "a quote needs a bid or an ask";
}

}  // namespace

absl::Status ReplayRows::Begin(const v1::ReplayStart& start) {
  TW_RETURN_IF_ERROR(CheckName("start.name", start.name()));
  TW_RETURN_IF_ERROR(CheckName("start.symbol", start.symbol()));
  venue_ = "REPLAY:" + start.name();
  symbol_ = start.symbol();
  return absl::OkStatus();
}

absl::Status ReplayRows::Check(const v1::ReplayRequest& request) const {
  uint64_t last = last_source_seq_;
  for (const v1::RecordedRow& row : request.rows()) {
    if (row.source_seq() <= last) {
      return FieldError("rows", "source_seq " + std::to_string(row.source_seq()) + " after " +
                                    std::to_string(last) + ": numbers must grow");
    }
    if (const char* fault = FaultOf(row); fault != nullptr) {
      return FieldError("rows", "row " + std::to_string(row.source_seq()) + ": " + fault);
    }
    last = row.source_seq();
  }
  return absl::OkStatus();
}

v1::FeedEvent ReplayRows::Base(uint64_t source_seq, int64_t time_ns, Timestamp now) const {
  v1::FeedEvent event;
  event.set_venue(venue_);
  event.set_symbol(symbol_);
  event.set_source_seq(source_seq);
  event.set_venue_time_ns(time_ns);
  event.set_receive_time_ns(now.ns);
  event.set_recorded(true);
  return event;
}

v1::FeedEvent ReplayRows::Event(const v1::RecordedRow& row, Timestamp now) {
  last_source_seq_ = row.source_seq();
  last_time_ns_ = row.time_ns();
  v1::FeedEvent event = Base(row.source_seq(), row.time_ns(), now);
  if (row.is_trade()) {
    ++trades_;
    event.mutable_trade()->set_price_e8(row.price_e8());
    event.mutable_trade()->set_quantity_e8(row.quantity_e8());
  } else {
    ++quotes_;
    v1::QuoteTick& quote = *event.mutable_quote();
    quote.set_bid_e8(row.bid_e8());
    quote.set_bid_size_e8(row.bid_size_e8());
    quote.set_ask_e8(row.ask_e8());
    quote.set_ask_size_e8(row.ask_size_e8());
  }
  return event;
}

v1::FeedEvent ReplayRows::End(Timestamp now) {
  v1::FeedEvent event = Base(last_source_seq_ + 1, last_time_ns_, now);
  event.mutable_replay_end()->set_trades(trades_);
  event.mutable_replay_end()->set_quotes(quotes_);
  return event;
}

v1::ReplayProgress ReplayRows::Progress(bool done) const {
  v1::ReplayProgress progress;
  progress.set_rows(trades_ + quotes_);
  progress.set_trades(trades_);
  progress.set_quotes(quotes_);
  progress.set_done(done);
  return progress;
}

}  // namespace tw::live_gateway
