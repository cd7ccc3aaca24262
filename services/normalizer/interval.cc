#include "services/normalizer/interval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tw::normalizer {
namespace {

constexpr std::array<std::pair<char, int64_t>, 4> kUnits = {
    {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};

}  // namespace

std::optional<Interval> ParseInterval(std::string_view text) {
  int64_t count = 0;
  const auto [end_of_count, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const char* const end = end_of_count;  // a lambda cannot hold a part of a pair
  if (error != std::errc() || end + 1 != text.data() + text.size() || count < 1 ||
      count > kDay.millis()) {
    return std::nullopt;
  }
  const auto unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return u.first == *end; });
  if (unit == kUnits.end() || Duration::Seconds(count * unit->second) > kDay) {
    return std::nullopt;
  }
  const int64_t seconds = count * unit->second;
  const auto largest = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const auto& u) { return seconds % u.second == 0; });
  return Interval{std::to_string(seconds / largest->second) + largest->first,
                  Duration::Seconds(seconds)};
}

Intervals::Intervals() {
  for (const char* name : {"1s", "1m", "5m", "15m", "1h", "1d"}) {
    list_.push_back(*ParseInterval(name));
  }
}

absl::StatusOr<Intervals> Intervals::Parse(std::string_view list) {
  Intervals out;
  out.list_.clear();
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string name(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::optional<Interval> interval = ParseInterval(name);
    if (!interval) {
      return absl::InvalidArgumentError("\"" + name + "\" is no interval of 1s to 1d");
    }
    if (out.Find(interval->name)) {
      return absl::InvalidArgumentError(interval->name + " is there twice");
    }
    out.list_.push_back(*interval);
  }
  if (out.list_.empty() || out.list_.size() > kMax) {
    return absl::InvalidArgumentError("needs 1 to " + std::to_string(kMax) + " intervals");
  }
  std::sort(out.list_.begin(), out.list_.end(),
            [](const Interval& a, const Interval& b) { return a.span < b.span; });
  return out;
}

std::optional<size_t> Intervals::Find(std::string_view name) const {
  for (size_t i = 0; i < list_.size(); ++i) {
    if (list_[i].name == name) {
      return i;
    }
  }
  return std::nullopt;
}

std::string Intervals::Names() const {
  std::string out;
  for (size_t i = 0; i < list_.size(); ++i) {
    out += i == 0 ? "" : i + 1 == list_.size() ? " or " : ", ";
    out += list_[i].name;
  }
  return out;
}

std::optional<size_t> Intervals::PartOf(Duration span) const {
  for (size_t i = list_.size(); i > 0; --i) {
    if (list_[i - 1].span <= span && span.ns % list_[i - 1].span.ns == 0) {
      return i - 1;
    }
  }
  return std::nullopt;
}

}  // namespace tw::normalizer
