#include "libs/metrics/disk.h"

#include <sys/statvfs.h>

namespace tw::metrics {

void AddDiskMetrics(Registry& registry, const std::string& folder) {
  const Gauge free = registry.AddGauge("tw_data_free_bytes",
                                       "Free for the service on the volume of its data folder.");
  const Gauge size =
      registry.AddGauge("tw_data_size_bytes", "Size of the volume of the data folder.");
  registry.OnText([=] {
    struct statvfs volume {};
    if (::statvfs(folder.c_str(), &volume) != 0) {
      volume = {};
    }
    const auto block = static_cast<double>(volume.f_frsize);
    free.Set(static_cast<double>(volume.f_bavail) * block);
    size.Set(static_cast<double>(volume.f_blocks) * block);
  });
}

}  // namespace tw::metrics
