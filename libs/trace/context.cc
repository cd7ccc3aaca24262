#include "libs/trace/context.h"

#include <fmt/format.h>

#include <mutex>
#include <random>

namespace tw::trace {
namespace {

constexpr size_t kTraceAt = 3;
constexpr size_t kParentAt = 36;
constexpr size_t kFlagsAt = 53;
constexpr size_t kLength = 55;

// Lower-case digits only, as the standard has it.
std::optional<uint64_t> Hex(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value * 16 + static_cast<uint64_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

uint64_t Random() {
  static std::mutex mutex;
  static std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  const std::lock_guard lock(mutex);
  return engine();
}

uint64_t NonZero() {
  uint64_t value = 0;
  while (value == 0) {
    value = Random();
  }
  return value;
}

}  // namespace

std::string Context::TraceId() const {
  return fmt::format("{:016x}{:016x}", trace_high, trace_low);
}

std::string Context::ParentId() const {
  return fmt::format("{:016x}", parent);
}

std::string Context::ToString() const {
  return "00-" + TraceId() + "-" + ParentId() + (sampled ? "-01" : "-00");
}

std::optional<Context> Parse(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[kParentAt - 1] != '-' ||
      text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const auto version = Hex(text.substr(0, 2));
  const auto high = Hex(text.substr(kTraceAt, 16));
  const auto low = Hex(text.substr(kTraceAt + 16, 16));
  const auto parent = Hex(text.substr(kParentAt, 16));
  const auto flags = Hex(text.substr(kFlagsAt, 2));
  if (!version || !high || !low || !parent || !flags || *version == 0xff) {
    return std::nullopt;
  }
  const bool longer = text.size() > kLength;
  if (longer && (*version == 0 || text[kLength] != '-')) {
    return std::nullopt;
  }
  if ((*high | *low) == 0 || *parent == 0) {
    return std::nullopt;
  }
  return Context{*high, *low, *parent, (*flags & 1) != 0};
}

Context Make() {
  return {NonZero(), Random(), NonZero(), true};
}

}  // namespace tw::trace
