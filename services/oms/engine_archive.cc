// What the engine keeps in memory, and what it gives to the archive: after a sync, when everything
// that the ledger holds is durable.
#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "services/oms/engine.h"

namespace tw::oms {

// It is a help, no more: a disk that is full must not keep oms from starting.
void Engine::DoWithoutArchive(const absl::Status& why) {
  archive_fault_ = std::string(why.message());
  log::Error("index_not_opened", {{"error", archive_fault_}});
  archive_.reset();
}

absl::Status Engine::OpenArchive(const std::string& folder, StoreReplay& replay) {
  if (options_.archive_folder.empty()) {
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<Archive>> opened = Archive::Open(options_.archive_folder);
  if (!opened.ok()) {
    DoWithoutArchive(opened.status());
    return absl::OkStatus();
  }
  archive_ = *std::move(opened);
  std::optional<ArchivedState> state = archive_->State();
  if (state) {
    const absl::Status found = LedgerStore::CheckPosition(options_.store, folder, state->position);
    if (!found.ok() && !absl::IsNotFound(found)) {
      return found;
    }
    if (!found.ok()) {
      log::Warn("archive_made_anew", {{"why", std::string(found.message())}});
      state.reset();
    }
  }
  ledger_.SetPast(archive_.get());
  if (state) {
    TW_RETURN_IF_ERROR(archive_->Restore(ledger_));
    epoch_ = state->epoch;
    kill_generation_ = state->kill_generation;
    kill_engaged_ = state->kill_engaged;
  } else if (const absl::Status cleared = archive_->Clear(); !cleared.ok()) {
    ledger_.SetPast(nullptr);
    DoWithoutArchive(cleared);
    return absl::OkStatus();
  }
  replay.archive = archive_.get();
  replay.behind = state;
  // What is read may be more than the memory holds.
  replay.on_group = [this](LedgerStore& store, const journal::Position& position) {
    if (ledger_.unsaved() >= options_.archive_orders) {
      archive_->WaitForRoom();
      Archived(store);
      if (archive_->HasRoom()) {
        OfferDelta(store, position);
      }
      ledger_.ForgetRecalled();
    }
  };
  return absl::OkStatus();
}

// Forgets what can be read in the archive by now.
void Engine::Archived(LedgerStore& store) {
  const uint64_t written = archive_->written();
  while (!offered_.empty() && offered_.front().number <= written) {
    ledger_.Forget(offered_.front().orders, written);
    store.Forget(offered_.front().last_sequence);
    offered_.pop_front();
  }
}

// REQUIRES: the archive has room; all that was applied is durable and lies before `position`.
void Engine::OfferDelta(LedgerStore& store, const journal::Position& position) {
  ArchiveDelta delta;
  delta.number = ++last_offered_;
  delta.state = {position, ledger_.head(), epoch_, kill_generation_, kill_engaged_};
  delta.unsaved = ledger_.TakeUnsaved(delta.number);
  store.TakeUnsaved(delta.state.head.last_sequence, delta);
  Offered& offered = offered_.emplace_back();
  offered.number = delta.number;
  offered.last_sequence = delta.state.head.last_sequence;
  for (const UnsavedOrder& order : delta.unsaved.orders) {
    offered.orders.push_back(order.id);
  }
  archive_->Offer(std::move(delta));
}

void Engine::KeepArchive() {
  kept_orders_count_ = ledger_.kept();
  if (archive_ == nullptr) {
    return;
  }
  Archived(*store_);
  ledger_.ForgetRecalled();
  const size_t unsaved = ledger_.unsaved();
  if (unsaved == 0) {
    return;
  }
  const int64_t now_ns = MonotonicNanos();
  const bool due =
      unsaved >= options_.archive_orders || now_ns - offered_ns_ >= options_.archive_period.ns;
  if (due && archive_->HasRoom()) {
    offered_ns_ = now_ns;
    OfferDelta(*store_, store_->position());
  }
}

}  // namespace tw::oms
