// Where records lie: a sparse map from record number to place, about 16 KiB for each 64 MiB of
// journal that was written or read, shared by one Writer and its Readers. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace tw::journal {

class Index {
 public:
  struct Place {
    uint64_t first_number = 0;  // of the group that starts here
    uint32_t segment = 0;       // ordinal
    uint64_t offset = 0;
    uint64_t last_in_segment = 0;  // the last number of this segment that is known
  };

  // Tells of a group that is on disk. Groups come in their order.
  void Add(uint32_t segment, uint64_t offset, uint64_t first_number, uint64_t last_number);
  // Tells of a segment that nobody has read: where it starts. Segments come in their order.
  void AddUnread(uint32_t segment, uint64_t first_number);
  // Tells of a group that a reader came by. Of use where the segment was told of as unread.
  void Refine(uint32_t segment, uint64_t offset, uint64_t first_number);
  // What is known of reaches to here at least.
  void Reach(uint64_t last_number);

  // A place at or before the group that holds `number`, in the same segment; none when `number` is
  // not known.
  std::optional<Place> Find(uint64_t number) const;

  uint64_t last_number() const;

 private:
  struct Entry {
    uint64_t first_number;
    uint64_t offset;
  };
  struct Segment {
    uint32_t ordinal;
    std::vector<Entry> entries;  // ascending, never empty; the first, then one each kStrideBytes
  };

  mutable std::mutex mutex_;
  std::vector<Segment> segments_;  // ascending
  uint64_t last_number_ = 0;
};

}  // namespace tw::journal
