// Logs: one JSON object a line on stderr.
//
//   log::Info("order_rejected", {{"order_id", id.ToString()}, {"reason", "MAX_POSITION"}});
//   {"time":"2026-11-23T14:47:48.000000001Z","level":"info","service":"oms",
//    "event":"order_rejected","order_id":"3-7","reason":"MAX_POSITION"}
//
// Event names are constants in snake_case; what varies goes into fields. Any thread; no call
// throws, and a line that cannot be written is dropped.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libs/base/time.h"

namespace tw::log {

enum class Level : uint8_t { kDebug, kInfo, kWarn, kError };

// "debug", "info", "warn", "error"; nullopt for anything else.
std::optional<Level> ParseLevel(std::string_view text);

// A field's value. Text that is not UTF-8 is written with replacement characters.
class Value {
 public:
  // NOLINTBEGIN(google-explicit-constructor): call sites read {{"reason", "..."}}.
  Value(std::string text) : value_(std::move(text)) {}
  Value(std::string_view text) : value_(std::string(text)) {}
  Value(const char* text) : value_(std::string(text)) {}
  Value(bool flag) : value_(flag) {}
  Value(double number) : value_(number) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, uint64_t>) Value(T number)
      : value_(static_cast<int64_t>(number)) {}
  Value(uint64_t number) : value_(number) {}
  // NOLINTEND(google-explicit-constructor)

  using Variant = std::variant<std::string, int64_t, uint64_t, double, bool>;
  const Variant& variant() const { return value_; }

 private:
  Variant value_;
};

struct Field {
  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

// Names the service on every line and drops lines below `level`. Until the first call the service
// is "" and the level is info. Call it from main, before other threads log.
void Init(std::string_view service, Level level);

// Where several services share a process, a thread's lines carry the service that it works for:
// libs/log/scope.h.

void Debug(std::string_view event, Fields fields = {});
void Info(std::string_view event, Fields fields = {});
void Warn(std::string_view event, Fields fields = {});
void Error(std::string_view event, Fields fields = {});

// For what may repeat at the rate of its cause (a peer down, a full queue): at most one line per
// event name and `period`. The next line that gets through carries "suppressed": how many did not.
void Limited(Level level,
             std::string_view event,
             Fields fields = {},
             Duration period = Duration::Seconds(1));

}  // namespace tw::log
