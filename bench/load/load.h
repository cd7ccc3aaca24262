// The load harness: an open-loop stream of orders, cancels and replaces against a running platform,
// measured from the time at which each was meant to leave.
//
//   tradewind load --rate 1000 --seconds 300 --p50 2ms --p99 20ms --min-accepted 99.9
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/load/bars.h"
#include "bench/load/planner.h"
#include "bench/load/schedule.h"
#include "libs/http/client.h"
#include "libs/rpc/channel.h"

namespace CLI {
class App;
}

namespace tw::load {

enum class Over { kSession, kUnary, kRest };
enum class Target {
  kGateway,
  kOms,
  kRisk,  // CheckOrder instead of orders, by unary calls
};

// Checks the books of the platform: true when all agree. May print.
using Audit = std::function<absl::StatusOr<bool>()>;

// How a run reaches the services, by their names. Any thread.
struct Reach {
  std::function<std::shared_ptr<rpc::Channel>(std::string_view service)> rpc;
  std::function<http::Client(std::string_view service)> http;
  http::NameValues headers;  // of HTTP requests to the gateway
};

struct LoadOptions {
  Over over = Over::kSession;
  Target target = Target::kGateway;
  ScheduleOptions schedule;        // total = warm-up and measured part together
  Profile profile;                 // accounts are load-1 and so on
  int64_t count_max = 50'000'000;  // commands, warm-up included
  int64_t outstanding_max = 20'000;
  Duration gather;  // between two messages, at least; zero: a command leaves when it is due
  int64_t open_max = 10'000;  // own open orders; beyond it a passive order becomes a cancel
  Duration drain_max = Duration::Seconds(10);  // for the last answers
  int sessions = 1;                            // TradeSession streams
  int connections = 32;                        // REST: requests under way at a time
  std::string instruments;                     // file; empty: the gateway is asked
  bool set_limits = true;
  int traces = 100;  // orders a second, at most, that take time stamps along; TradeSession only
  Bars bars;
  std::string json_file;
  std::string html_file;
  bool quiet = false;  // no progress lines
  Audit audit;         // empty: none
  Reach reach;
};

// Runs it all and prints the report. 0: done and every bar passed; 1: a bar or the audit failed; 2:
// it could not be run. Blocks; SIGINT ends it early, orderly.
int RunLoad(const LoadOptions& options);

// Adds the options of `load` to a command. Once the command line is parsed, call what it answers:
// RunLoad with those options, or 2 and a word on stderr when they make no sense.
std::function<int(const Audit&, const Reach&)> AddLoadOptions(CLI::App& command);

}  // namespace tw::load
