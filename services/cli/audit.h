// Audit: the books of a running platform, compared until they agree or time is up.
#pragma once

#include <string>
#include <vector>

#include "services/cli/books.h"
#include "services/cli/context.h"

namespace tw::cli {

struct AuditOptions {
  Duration settle = Duration::Seconds(10);  // for streams to catch up
  bool questdb = true;
  std::string accounts;  // path of accounts.toml, for opening positions; empty: deploy/config's,
                         // where that is here
};

struct AuditReport {
  std::vector<Finding> findings;
  uint64_t ledger_sequence = 0;

  bool clean() const;
};

// A status when a view could not be had within the time; a report with differences is OK.
absl::StatusOr<AuditReport> Audit(const Context& context, const AuditOptions& options);

void PrintReport(Context& context, const AuditReport& report);

}  // namespace tw::cli
