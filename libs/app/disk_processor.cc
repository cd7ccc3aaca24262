#include "libs/app/disk_processor.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tw::app {
namespace {

namespace fs = std::filesystem;

constexpr int kLevelsToTheBus = 4;  // from a disk's device to the one that owns the interrupts

std::optional<int> NumberIn(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  int number = -1;
  // A list of several, such as 0-3, is no number.
  return std::getline(in, text) && absl::SimpleAtoi(text, &number) && number >= 0
             ? std::optional<int>(number)
             : std::nullopt;
}

size_t Entries(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator all(folder, error);
  return error ? 0 : static_cast<size_t>(std::distance(begin(all), end(all)));
}

// The folder of the disk itself where `device` is a part of it.
fs::path WholeDisk(const std::string& device, const fs::path& root) {
  std::error_code error;
  const fs::path block = fs::canonical(root / "sys/dev/block" / device, error);
  if (error) {
    return {};
  }
  return fs::exists(block / "partition", error) ? block.parent_path() : block;
}

// How often each interrupt came, all processors together.
uint64_t TimesCame(const std::string& interrupt, const fs::path& root) {
  std::ifstream in(root / "proc/interrupts");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != absl::StrCat(interrupt, ":")) {
      continue;
    }
    uint64_t total = 0;
    uint64_t times = 0;
    while (words >> word && absl::SimpleAtoi(word, &times)) {
      total += times;
    }
    return total;
  }
  return 0;
}

// A device has one for changes of its configuration besides; the one that comes is the queue's.
std::string BusiestInterrupt(const fs::path& folder, const fs::path& root) {
  std::string busiest;
  uint64_t most = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), last; !error && it != last; it.increment(error)) {
    const std::string interrupt = it->path().filename().string();
    if (const uint64_t times = TimesCame(interrupt, root); times > most) {
      most = times;
      busiest = interrupt;
    }
  }
  return busiest;
}

}  // namespace

std::optional<int> DiskProcessorOf(const std::string& device, const fs::path& root) {
  const fs::path disk = WholeDisk(device, root);
  std::error_code error;
  if (disk.empty() || Entries(disk / "mq") != 1) {
    return std::nullopt;
  }
  fs::path owner = fs::canonical(disk / "device", error);
  for (int level = 0; !error && level < kLevelsToTheBus; ++level, owner = owner.parent_path()) {
    if (fs::exists(owner / "msi_irqs", error)) {
      const std::string interrupt = BusiestInterrupt(owner / "msi_irqs", root);
      return interrupt.empty()
                 ? std::nullopt
                 : NumberIn(root / "proc/irq" / interrupt / "effective_affinity_list");
    }
  }
  return std::nullopt;
}

std::optional<int> DiskProcessor(const fs::path& folder, const fs::path& root) {
  std::error_code error;
  fs::path place = fs::absolute(folder, error);
  while (!error && !fs::exists(place, error) && place.has_relative_path()) {
    place = place.parent_path();
  }
  struct stat status {};
  if (::stat(place.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return DiskProcessorOf(absl::StrCat(major(status.st_dev), ":", minor(status.st_dev)), root);
}

}  // namespace tw::app
