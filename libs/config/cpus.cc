#include "libs/config/cpus.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace tw::config {
namespace {

constexpr int kCpuMax = 1'023;

bool ParseCpu(absl::string_view text, int& cpu) {
  return absl::SimpleAtoi(text, &cpu) && cpu >= 0 && cpu <= kCpuMax;
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
