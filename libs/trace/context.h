// The W3C trace context: the value of a `traceparent` header or metadata entry, version 00.
//
//   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//      trace id, 32 hex digits          parent id, 16    flags; bit 0: sampled
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::trace {

inline constexpr std::string_view kHeader = "traceparent";

struct Context {
  uint64_t trace_high = 0;  // the trace id's two halves
  uint64_t trace_low = 0;
  uint64_t parent = 0;
  bool sampled = false;

  std::string TraceId() const;   // 32 hex digits
  std::string ParentId() const;  // 16 hex digits
  std::string ToString() const;  // the whole header value, as version 00

  friend bool operator==(const Context&, const Context&) = default;
};

// nullopt for what is no traceparent; the standard wants it then treated as if there were none.
// Versions above 00 are read for their first four parts.
std::optional<Context> Parse(std::string_view traceparent);

// A new trace, sampled, with random ids. Any thread.
Context Make();

}  // namespace tw::trace
