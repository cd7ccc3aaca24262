#include "libs/fanout/update.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/convert/market.h"
#include "libs/json/json.h"

namespace tw::fanout {
namespace {

// "1s", "15m", "1d"; which of them there are is the source's to say.
bool IsTimeframe(const std::string& text) {
  constexpr size_t kBytesMax = 6;
  return text.size() >= 2 && text.size() <= kBytesMax &&
         std::string_view("smhd").find(text.back()) != std::string_view::npos &&
         std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
}

bool Contains(const std::vector<std::string>& sorted, const std::string& text) {
  return sorted.empty() || std::binary_search(sorted.begin(), sorted.end(), text);
}

std::string KeyOf(const v1::MarketDataUpdate& update) {
  switch (update.update_case()) {
    case v1::MarketDataUpdate::kTicker: return "ticker/" + update.symbol();
    case v1::MarketDataUpdate::kBook: return "book/" + update.symbol();
    case v1::MarketDataUpdate::kBar:
      return "bar/" + update.symbol() + "/" + update.bar().timeframe() + "/" +
             std::to_string(update.bar().bar().timestamp().seconds());
    case v1::MarketDataUpdate::kTrade:
    case v1::MarketDataUpdate::UPDATE_NOT_SET: break;
  }
  return "";
}

void Trim(v1::OrderBook& book, int depth) {
  if (book.bids_size() > depth) {
    book.mutable_bids()->DeleteSubrange(depth, book.bids_size() - depth);
  }
  if (book.asks_size() > depth) {
    book.mutable_asks()->DeleteSubrange(depth, book.asks_size() - depth);
  }
}

std::string BodyJson(const v1::MarketDataUpdate& message) {
  switch (message.update_case()) {
    case v1::MarketDataUpdate::kTicker: return json::ToJson(message.ticker());
    case v1::MarketDataUpdate::kBook: return json::ToJson(message.book());
    case v1::MarketDataUpdate::kTrade: return json::ToJson(message.trade());
    case v1::MarketDataUpdate::kBar: return json::ToJson(message.bar());
    case v1::MarketDataUpdate::UPDATE_NOT_SET: break;
  }
  return "{}";
}

}  // namespace

bool Interest::Wants(const v1::MarketDataUpdate& update) const {
  bool kind = false;
  switch (update.update_case()) {
    case v1::MarketDataUpdate::kTicker: kind = tickers; break;
    case v1::MarketDataUpdate::kBook: kind = books; break;
    case v1::MarketDataUpdate::kTrade: kind = trades; break;
    case v1::MarketDataUpdate::kBar:
      kind = bars && Contains(timeframes, update.bar().timeframe());
      break;
    case v1::MarketDataUpdate::UPDATE_NOT_SET: break;
  }
  return kind && Contains(symbols, update.symbol());
}

absl::StatusOr<Interest> ReadInterest(const v1::StreamMarketDataRequest& request) {
  Interest interest{.symbols = {request.symbols().begin(), request.symbols().end()},
                    .tickers = request.tickers(),
                    .books = request.books(),
                    .trades = request.trades(),
                    .bars = request.bars(),
                    .timeframes = {request.timeframes().begin(), request.timeframes().end()},
                    .depth = BookDepth(request.depth())};
  if (!interest.tickers && !interest.books && !interest.trades && !interest.bars) {
    return FieldError("tickers", "ask for at least one of tickers, books, trades and bars");
  }
  for (const std::string& timeframe : interest.timeframes) {
    if (!IsTimeframe(timeframe)) {
      return FieldError("timeframes", "must be a number and s, m, h or d, as in 1s, 5m or 1d");
    }
  }
  std::sort(interest.symbols.begin(), interest.symbols.end());
  std::sort(interest.timeframes.begin(), interest.timeframes.end());
  return interest;
}

Update::Update(v1::MarketDataUpdate message, uint64_t merged)
    : message_(std::move(message)), key_(KeyOf(message_)), merged_(merged) {}

rpc::SharedBytes Update::Wire(int depth) const {
  return Get(false, depth);
}

rpc::SharedBytes Update::Json(int depth) const {
  return Get(true, depth);
}

rpc::SharedBytes Update::Get(bool json, int depth) const {
  depth = message_.has_book() ? depth : 0;
  const std::lock_guard lock(mutex_);
  for (const Form& form : forms_) {
    if (form.json == json && form.depth == depth) {
      return form.bytes;
    }
  }
  std::string bytes;
  if (message_.has_book() &&
      std::max(message_.book().bids_size(), message_.book().asks_size()) > depth) {
    v1::MarketDataUpdate trimmed = message_;
    Trim(*trimmed.mutable_book(), depth);
    bytes = json ? BodyJson(trimmed) : trimmed.SerializeAsString();
  } else {
    bytes = json ? BodyJson(message_) : message_.SerializeAsString();
  }
  forms_.push_back({json, depth, std::make_shared<const std::string>(std::move(bytes))});
  return forms_.back().bytes;
}

}  // namespace tw::fanout
