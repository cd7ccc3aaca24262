#include "libs/log/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "libs/base/clock.h"
#include "libs/log/line.h"
#include "libs/log/scope.h"

namespace tw::log {
namespace {

// Event names are constants, so a program has few; a caller that makes names up at run time must
// not grow the table without end. Past the limit a line is written without limiting.
constexpr size_t kLimitedEventsMax = 1024;

struct Throttle {
  int64_t next_ns = 0;  // monotonic
  uint64_t suppressed = 0;
};

struct ByServiceAndEvent {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return std::pair<const char*, std::string_view>(a) <
           std::pair<const char*, std::string_view>(b);
  }
};

// Lives until the process ends: threads may log while main returns.
struct State {
  State() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::trace);
    // A closed stderr must not end the service, nor make spdlog print to it.
    logger.set_error_handler([](const std::string&) {});
  }

  spdlog::logger logger{"tradewind", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  SystemClock clock;
  std::atomic<Level> level{Level::kInfo};
  std::mutex mutex;
  std::string service;  // guarded by mutex
  // By service and event; guarded by mutex.
  std::map<std::pair<const char*, std::string>, Throttle, ByServiceAndEvent> limited;
};

State& TheState() {
  static State* state = new State;
  return *state;
}

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "error";
}

spdlog::level::level_enum SpdlogLevel(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarn: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

// The line's text; "" when there is no memory for it.
template <typename List>
std::string Format(const LineHead& head, const List& fields, uint64_t suppressed) {
  State& state = TheState();
  try {
    nlohmann::ordered_json line;
    line["time"] = FormatRfc3339(head.at.IsSet() ? head.at : state.clock.Now());
    line["level"] = Name(head.level);
    const char* const scope = CurrentService();
    if (head.service.empty() && scope != nullptr) {
      line["service"] = scope;
    } else if (head.service.empty()) {
      const std::lock_guard<std::mutex> lock(state.mutex);
      line["service"] = state.service;
    } else {
      line["service"] = head.service;
    }
    line["event"] = head.event;
    for (const Field& field : fields) {
      std::visit([&](const auto& value) { line[std::string(field.key)] = value; },
                 field.value.variant());
    }
    if (suppressed > 0) {
      line["suppressed"] = suppressed;
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  } catch (const std::exception&) {
    return "";
  }
}

void Put(Level level, const std::string& line) {
  State& state = TheState();
  if (line.empty() || level < state.level.load(std::memory_order_relaxed)) {
    return;
  }
  try {
    state.logger.log(SpdlogLevel(level), spdlog::string_view_t(line));
  } catch (const std::exception&) {
    // Out of memory or a full disk behind stderr: the line is lost, the service goes on.
  }
}

void Write(Level level, std::string_view event, Fields fields, uint64_t suppressed) {
  if (level >= TheState().level.load(std::memory_order_relaxed)) {
    Put(level, Format({"", event, {}, level}, fields, suppressed));
  }
}

}  // namespace

std::optional<Level> ParseLevel(std::string_view text) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (text == Name(level)) {
      return level;
    }
  }
  return std::nullopt;
}

void Init(std::string_view service, Level level) {
  State& state = TheState();
  state.level = level;
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.service = std::string(service);
}

void Debug(std::string_view event, Fields fields) {
  Write(Level::kDebug, event, fields, 0);
}
void Info(std::string_view event, Fields fields) {
  Write(Level::kInfo, event, fields, 0);
}
void Warn(std::string_view event, Fields fields) {
  Write(Level::kWarn, event, fields, 0);
}
void Error(std::string_view event, Fields fields) {
  Write(Level::kError, event, fields, 0);
}

std::string WriteLine(const LineHead& head, const std::vector<Field>& fields) {
  std::string line = Format(head, fields, 0);
  Put(head.level, line);
  return line;
}

void Limited(Level level, std::string_view event, Fields fields, Duration period) {
  State& state = TheState();
  if (level < state.level.load(std::memory_order_relaxed)) {
    return;
  }
  const int64_t now = MonotonicNanos();
  uint64_t suppressed = 0;
  {
    const std::lock_guard<std::mutex> lock(state.mutex);
    auto it = state.limited.find(std::pair<const char*, std::string_view>(CurrentService(), event));
    if (it == state.limited.end() && state.limited.size() < kLimitedEventsMax) {
      it = state.limited.emplace(std::pair(CurrentService(), std::string(event)), Throttle{now, 0})
               .first;
    }
    if (it != state.limited.end()) {
      if (now < it->second.next_ns) {
        ++it->second.suppressed;
        return;
      }
      suppressed = it->second.suppressed;
      it->second = Throttle{now + period.ns, 0};
    }
  }
  Write(level, event, fields, suppressed);
}

}  // namespace tw::log
