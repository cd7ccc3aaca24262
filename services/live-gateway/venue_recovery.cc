// How Venue begins: from its journal to open markets.
#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "services/live-gateway/venue.h"

namespace tw::live_gateway {
namespace {

// How many numbers a process sets aside for each symbol's market data: at a thousand events a
// second they last two years. They begin at the wall clock's microseconds, so that they do not
// recur when the data folder is lost, and behind what the last process set aside, so that they do
// not recur when the clock is turned back.
constexpr uint64_t kSourceSeqBlock = uint64_t{1} << 36;

}  // namespace

absl::Status Venue::RecoverReport(const v1::VenueReport& stored) {
  TW_ASSIGN_OR_RETURN(const Report report, Decode(stored));
  if (report.number != last_number_ + 1) {
    return absl::DataLossError("the journal has execution " + std::to_string(report.number) +
                               " behind " + std::to_string(last_number_));
  }
  last_number_ = report.number;
  const std::string& venue = stored.execution().venue();
  if (Site* const site = Find(venue)) {
    site->venue().Apply(report);
  } else if (report.kind == ReportKind::kAccepted) {
    strangers_[report.child_id] = venue;
  } else if (report.leaves.IsZero() && report.kind != ReportKind::kCancelRejected &&
             report.kind != ReportKind::kReplaceRejected) {
    strangers_.erase(report.child_id);
  }
  return absl::OkStatus();
}

absl::Status Venue::Recover(const v1::VenueRecord& record) {
  for (const v1::PlaceChild& sent : record.sent()) {
    v1::VenueCommand command;
    *command.mutable_place() = sent;
    TW_ASSIGN_OR_RETURN(const Incoming incoming, Decode(command));
    if (Site* const site = Find(sent.venue())) {
      site->venue().ApplySent(std::get<PlaceOrder>(incoming.command));
    } else {
      strangers_[sent.child_id()] = sent.venue();
    }
  }
  for (const v1::VenueReport& stored : record.reports()) {
    TW_RETURN_IF_ERROR(RecoverReport(stored));
  }
  if (record.has_kill_state()) {
    kill_engaged_ = record.kill_state().engaged();
    kill_generation_ = record.kill_state().generation();
  }
  if (record.has_panic_state()) {
    const v1::PanicState& panic = record.panic_state();
    if (Site* const site = Find(panic.venue())) {
      site->SetPanicked(panic.engaged(), panic.reason());
    } else if (panic.venue().empty()) {
      panicked_ = panic.engaged();
      panic_reason_ = panic.reason();
      for (const std::unique_ptr<Site>& each : sites_) {
        each->SetPanicked(each->panicked() && panic.engaged(), panic.reason());
      }
    }
  }
  source_seq_end_ = std::max(source_seq_end_, record.source_seq_end());
  return absl::OkStatus();
}

absl::Status Venue::CheckStrangers() const {
  if (strangers_.empty()) {
    return absl::OkStatus();
  }
  const auto& [child_id, venue] = *strangers_.begin();
  return absl::FailedPreconditionError(
      "venues: " + std::to_string(strangers_.size()) + " orders are open at venues that are not " +
      "configured any more, " + child_id + " at " + venue + " among them; configure them and " +
      "cancel the orders first");
}

absl::Status Venue::StartMarket() {
  const Timestamp now = clock_.Now();
  const uint64_t first =
      std::max({source_seq_end_, static_cast<uint64_t>(now.ns / 1'000), uint64_t{1}});
  v1::VenueRecord record;
  record.set_source_seq_end(first + kSourceSeqBlock);
  TW_RETURN_IF_ERROR(store_->Append(record));
  for (const std::unique_ptr<Site>& site : sites_) {
    site->StartFeed(first);
    Output out;
    site->venue().Resume(now, out);
    // Who is listening already has no book yet: it begins with whole ones, not with changes.
    std::vector<MarketEvent> changes;
    changes.swap(out.market);
    for (const MarketEvent& event : changes) {
      if (std::holds_alternative<TradePrinted>(event)) {
        site->feed()->Add(event, now, events_);
      }
    }
    if (site->feed() != nullptr) {
      site->feed()->AddBooks(now, events_);
    }
    Take(*site, std::move(out), now);
  }
  last_step_ns_ = now.ns;
  dirty_ = true;
  BatchEnd();
  return absl::OkStatus();
}

absl::Status Venue::Open(const std::string& folder) {
  TW_ASSIGN_OR_RETURN(store_, ExecutionStore::Open(folder, [this](const v1::VenueRecord& record) {
                        return Recover(record);
                      }));
  TW_RETURN_IF_ERROR(CheckStrangers());
  size_t open_orders = 0;
  for (const std::unique_ptr<Site>& site : sites_) {
    open_orders += site->venue().open_order_count();
  }
  log::Info("recovered", {{"executions", last_number_},
                          {"open_orders", open_orders},
                          {"torn_bytes", store_->recovery().torn_bytes},
                          {"kill_generation", kill_generation_.load()},
                          {"kill_engaged", kill_engaged_.load()},
                          {"panicked", panicked_.load()}});
  TW_RETURN_IF_ERROR(StartMarket());
  open_ = true;
  return absl::OkStatus();
}

}  // namespace tw::live_gateway
