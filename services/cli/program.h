// Run: the whole of `tradewind`: reads the command line, runs the command, says how to exit
// (context.h).
#pragma once

#include <ostream>

namespace tw::cli {

// `progress`: `err` is a terminal.
int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err, bool progress);

}  // namespace tw::cli
