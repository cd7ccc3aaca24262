// AuditSink: the door's audit log into QuestDB's table audit_log, through the spool that every sink
// has. The journal is the log; this is its copy for SQL, and goes on where it stood.
#pragma once

#include <memory>
#include <string>

#include "libs/app/app.h"
#include "libs/auth/keeper.h"
#include "libs/ilp/pipeline.h"
#include "libs/work/work_queue.h"

namespace tw::gateway {

class AuditSink {
 public:
  // The keeper outlives it.
  explicit AuditSink(auth::Keeper& keeper) : keeper_(keeper) {}
  ~AuditSink() { Stop(); }

  // Its spool lies in `folder`. QuestDB need not be there.
  absl::Status Start(const std::string& folder, const Clock& clock);
  // Each second: writes what the keeper took meanwhile, hands on what is new.
  void Tick();
  void Stop();

  // The last event that is on the spool or in QuestDB.
  uint64_t position() const;

 private:
  void Copy();

  auth::Keeper& keeper_;
  std::unique_ptr<ilp::Pipeline> pipeline_;
  std::unique_ptr<WorkQueue> work_;  // last: its job uses the rest
};

// The row of an event.
absl::Status AddAuditRow(const auth::NumberedEvent& event, ilp::LineBuffer& rows);

}  // namespace tw::gateway
