// What accounts bring in from elsewhere: one record for all of an import.
#include "libs/log/log.h"
#include "services/oms/engine.h"

namespace tw::oms {

void Engine::On(ImportCommand&& c) {
  const auto import = [&]() -> absl::StatusOr<Imported> {
    const absl::StatusOr<bool> imported = ledger_.IsImported(c.openings);
    if (!imported.ok()) {
      return imported.status();
    }
    if (*imported || c.check_only) {
      return Imported{*imported, 0};
    }
    if (!store_->HasSpaceForImport()) {
      return absl::UnavailableError("the journal's disk is full");
    }
    std::vector<PackedEvent> packed;
    for (const OpeningEvent& event : ledger_.DecideImport(c.openings, clock_.Now())) {
      ledger_.Apply(event);
      packed.push_back(Pack(event));
    }
    batch_events_ += packed.size();
    Appended(store_->Append(std::move(packed)));
    const Opening& first = c.openings.front();
    log::Warn("opening_imported", {{"import_id", first.import_id},
                                   {"accounts", c.openings.size()},
                                   {"adds", first.adds},
                                   {"by", first.by},
                                   {"reason", first.reason}});
    return Imported{false, ledger_.last_sequence()};
  };
  held_.push_back([answer = std::move(c.answer), result = import()] { answer(result); });
}

}  // namespace tw::oms
