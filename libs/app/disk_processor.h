// The processor to which a disk's interrupts go. A disk with one queue, as virtual machines have,
// tells one processor that a write is done; a thread that waits for it on another one is woken from
// there, which costs two wake-ups of the host instead of one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tw::app {

// That of the disk below `folder` (or its nearest parent that exists); none where the disk has
// several queues, each with interrupts of its own processor, where it is no disk of its own (a
// volume of several, a network, memory), or where Linux does not say. `root` is where /proc and
// /sys are. Blocks for some reads of those. Does not throw.
std::optional<int> DiskProcessor(const std::filesystem::path& folder,
                                 const std::filesystem::path& root = "/");

// The same of the device with this number, MAJOR:MINOR as in /sys/dev/block.
std::optional<int> DiskProcessorOf(const std::string& device, const std::filesystem::path& root);

}  // namespace tw::app
