#include "libs/journal/reader.h"

#include <fmt/format.h>

#include "libs/base/status_macros.h"
#include "libs/journal/segment.h"

namespace tw::journal {
namespace {

constexpr size_t kChunkBytes = 256 << 10;

// One Read's limits and what it has handed out so far.
class Delivery {
 public:
  Delivery(uint64_t from, uint64_t max_records, uint64_t max_bytes, const RecordCallback& on_record)
      : max_records_(max_records), max_bytes_(max_bytes), on_record_(on_record) {
    result_.next_number = from;
  }

  bool full() const { return full_ || result_.records >= max_records_; }
  const ReadResult& result() const { return result_; }

  absl::Status Take(uint64_t number, std::string_view record) {
    if (number < result_.next_number || full()) {
      return absl::OkStatus();
    }
    if (result_.records > 0 && result_.bytes + record.size() > max_bytes_) {
      full_ = true;
      return absl::OkStatus();
    }
    TW_RETURN_IF_ERROR(on_record_(number, record));
    ++result_.records;
    result_.bytes += record.size();
    ++result_.next_number;
    return absl::OkStatus();
  }

 private:
  const uint64_t max_records_;
  const uint64_t max_bytes_;
  const RecordCallback& on_record_;
  ReadResult result_;
  bool full_ = false;
};

// Walks the groups from `place` to the last known one of its segment.
absl::Status ReadSegment(const File& file,
                         const std::string& path,
                         const Index::Place& place,
                         Index& index,
                         Delivery& delivery) {
  Window window(file, kChunkBytes);
  uint64_t offset = place.offset;
  uint64_t number = place.first_number;
  while (number <= place.last_in_segment && !delivery.full()) {
    TW_ASSIGN_OR_RETURN(std::string_view bytes, window.At(offset, kGroupHeaderBytes));
    const absl::StatusOr<GroupHeader> header = DecodeGroupHeader(bytes);
    if (!header.ok() || header->first_number != number) {
      return absl::DataLossError(
          fmt::format("{} byte {}: record {} is not there any more", path, offset, number));
    }
    index.Refine(place.segment, offset, number);
    if (header->last_number() >= delivery.result().next_number) {
      TW_ASSIGN_OR_RETURN(bytes, window.At(offset, header->group_bytes()));
      bytes.remove_prefix(kGroupHeaderBytes);
      if (!PayloadIntact(*header, bytes)) {
        return absl::DataLossError(fmt::format("{} byte {}: records {}..{} are damaged", path,
                                               offset, number, header->last_number()));
      }
      TW_RETURN_IF_ERROR(ForEachRecord(
          *header, bytes, [&](uint64_t n, std::string_view r) { return delivery.Take(n, r); }));
    }
    number = header->last_number() + 1;
    offset += header->group_bytes();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ReadResult> Reader::Read(uint64_t from,
                                        uint64_t max_records,
                                        uint64_t max_bytes,
                                        const RecordCallback& on_record) const {
  const uint64_t last = index_->last_number();
  if (from == 0 || from > last + 1) {
    return absl::OutOfRangeError(fmt::format("record {}: the journal holds 1..{}", from, last));
  }
  Delivery delivery(from, max_records, max_bytes, on_record);
  while (!delivery.full()) {
    const auto place = index_->Find(delivery.result().next_number);
    if (!place) {
      break;
    }
    const std::string path = SegmentPath(directory_, place->segment);
    TW_ASSIGN_OR_RETURN(const auto file, files_.Open(path, OpenMode::kRead));
    TW_RETURN_IF_ERROR(ReadSegment(*file, path, *place, *index_, delivery));
  }
  return delivery.result();
}

}  // namespace tw::journal
