#include "libs/config/cpus.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace tw::config {
namespace {

constexpr int kCpuMax = 1'023;

// Digits only: SimpleAtoi by itself takes blanks and a sign too.
bool ParseCpu(absl::string_view text, int& cpu) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &cpu) && cpu <= kCpuMax;
}

}  // namespace

std::optional<std::vector<int>> ParseCpus(const std::string& text) {
  std::vector<int> cpus;
  if (text.empty()) {
    return cpus;
  }
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<absl::string_view> ends = absl::StrSplit(part, '-');
    int first = 0;
    int last = 0;
    if (ends.size() > 2 || !ParseCpu(ends.front(), first) || !ParseCpu(ends.back(), last) ||
        last < first) {
      return std::nullopt;
    }
    for (int cpu = first; cpu <= last; ++cpu) {
      cpus.push_back(cpu);
    }
  }
  return cpus;
}

}  // namespace tw::config
