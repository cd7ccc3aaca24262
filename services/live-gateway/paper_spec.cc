#include "services/live-gateway/paper_spec.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/core/decimal.h"

namespace tw::live_gateway {
namespace {

constexpr int64_t kE8PerBasisPoint = 10'000;
constexpr size_t kNameMax = 32;

bool IsVenueName(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

struct Number {
  const char* key;
  int64_t min;
  int64_t max;
  void (*set)(PaperVenueConfig& config, int64_t value);
};
// clang-format off
constexpr Number kNumbers[] = {
    {"maker_bps", -100, 1'000, [](auto& c, int64_t v) { c.exchange.maker_fee_e8 = v * kE8PerBasisPoint; }},
    {"taker_bps", -100, 1'000, [](auto& c, int64_t v) { c.exchange.taker_fee_e8 = v * kE8PerBasisPoint; }},
    {"to_us", 0, 10'000'000, [](auto& c, int64_t v) { c.latency_to = Duration::Micros(v); }},
    {"from_us", 0, 10'000'000, [](auto& c, int64_t v) { c.latency_from = Duration::Micros(v); }},
    {"offset_bps", -5'000, 5'000, [](auto& c, int64_t v) { c.price_offset_bps = v; }},
    {"depth_percent", 1, 400, [](auto& c, int64_t v) { c.depth_percent = v; }},
    {"reject_percent", 0, 100, [](auto& c, int64_t v) { c.reject_percent = v; }},
    {"seed", 0, INT64_MAX, [](auto& c, int64_t v) { c.synthetic.seed = static_cast<uint64_t>(v); }},
    {"orders", 0, 1, [](auto& c, int64_t v) { c.takes_orders = v == 1; }},
};
// clang-format on

absl::Status Set(std::string_view key, std::string_view value, PaperVenueConfig& config) {
  if (key == "min_fee") {
    TW_ASSIGN_OR_RETURN(const Money fee, Money::Parse(value));
    config.exchange.minimum_fee_e8 = fee.e8();
    return fee.e8() < 0 ? FieldError("venues", "min_fee is below zero") : absl::OkStatus();
  }
  if (key == "symbols") {
    config.symbols = absl::StrSplit(absl::string_view(value.data(), value.size()), '+');
    return absl::OkStatus();
  }
  for (const Number& number : kNumbers) {
    if (key != number.key) {
      continue;
    }
    int64_t found = 0;
    if (!absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &found) ||
        found < number.min || found > number.max) {
      return FieldError("venues", std::string(key) + " must be a number from " +
                                      std::to_string(number.min) + " to " +
                                      std::to_string(number.max));
    }
    number.set(config, found);
    return absl::OkStatus();
  }
  return FieldError("venues", "there is no \"" + std::string(key) + "\"");
}

}  // namespace

absl::StatusOr<PaperVenueConfig> ParsePaperVenue(std::string_view text,
                                                 const PaperVenueConfig& defaults,
                                                 size_t place) {
  const std::vector<std::string> words =
      absl::StrSplit(absl::string_view(text.data(), text.size()), ' ', absl::SkipEmpty());
  if (words.empty() || !IsVenueName(words.front())) {
    return FieldError(
        "venues", "\"" + std::string(text) + "\" does not begin with a name of A-Z, 0-9, _ and -");
  }
  PaperVenueConfig config = defaults;
  config.name = words.front();
  config.synthetic.seed += place * 7'919;
  for (size_t i = 1; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    if (equals == std::string::npos) {
      return FieldError("venues", "\"" + words[i] + "\" is no key=value");
    }
    TW_RETURN_IF_ERROR(Set(words[i].substr(0, equals), words[i].substr(equals + 1), config));
  }
  return config;
}

}  // namespace tw::live_gateway
