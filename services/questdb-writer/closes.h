// Closes: when the market of each instrument closes, by the calendars of instruments.toml.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/questdb-writer/day_ends.h"

namespace tw::questdb_writer {

// The end of the session, or for an instrument without a calendar, or one that is not listed (any
// more), of the day of UTC. Errors as config::LoadCalendars has them. Any thread may call what it
// answers.
absl::StatusOr<NextClose> LoadCloses(const std::string& instruments);

}  // namespace tw::questdb_writer
