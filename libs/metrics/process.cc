#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "libs/metrics/metrics.h"

namespace tw::metrics {
namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream in("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  in >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFiles() {
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) {
    return 0;
  }
  double count = -3;                 // ".", ".." and this very listing
  while (readdir(dir) != nullptr) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    ++count;
  }
  closedir(dir);
  return count;
}

// Seconds since 1970 at which this process started: boot time plus field 22 of stat.
double StartSeconds() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  const size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) {
    return 0;
  }
  std::istringstream fields(text.substr(after_name + 2));
  std::string skipped;
  for (int field = 3; field < 22; ++field) {
    fields >> skipped;
  }
  double start_ticks = 0;
  fields >> start_ticks;

  std::ifstream system("/proc/stat");
  double boot_seconds = 0;
  while (system >> skipped) {
    if (skipped == "btime") {
      system >> boot_seconds;
      break;
    }
  }
  return boot_seconds + start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

void AddProcessMetrics(Registry& registry) {
  const Gauge cpu = registry.AddGauge("process_cpu_seconds_total", "User and system CPU time.");
  const Gauge resident = registry.AddGauge("process_resident_memory_bytes", "Resident memory.");
  const Gauge files = registry.AddGauge("process_open_fds", "Open file descriptors.");
  registry.AddGauge("process_start_time_seconds", "Start, in seconds since 1970.")
      .Set(StartSeconds());
  registry.AddGauge("tw_process_id", "Services with the same one share a process.").Set(getpid());
  registry.OnText([=] {
    cpu.Set(CpuSeconds());
    resident.Set(ResidentBytes());
    files.Set(OpenFiles());
  });
}

}  // namespace tw::metrics
