// The calendars of a file that is read already. Internal to libs/config: it shows toml++.
#pragma once

#include "libs/config/calendars.h"
#include "libs/config/toml_file.h"

namespace tw::config {

// Every fault of the calendars, and of instruments that name one that is not there.
Calendars ReadCalendars(const toml::table& root, Faults& faults);

}  // namespace tw::config
