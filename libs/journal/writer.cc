#include "libs/journal/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "libs/base/status_macros.h"
#include "libs/journal/segment.h"

namespace tw::journal {
namespace {

constexpr uint64_t kSegmentBytesMin = uint64_t{4} << 10;
constexpr uint64_t kSegmentBytesMax = uint64_t{1} << 30;
constexpr size_t kSmallGroupBytes = 8 << 10;
constexpr uint64_t kFillBytes = 256 << 10;

uint64_t RandomJournalId() {
  std::random_device random;
  return (uint64_t{random()} << 32) | random();
}

absl::StatusOr<Options> Checked(Options options) {
  if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax) {
    return absl::InvalidArgumentError(fmt::format("segment_bytes {} is not within {}..{}",
                                                  options.segment_bytes, kSegmentBytesMin,
                                                  kSegmentBytesMax));
  }
  if (options.reserve_bytes == 0) {
    options.reserve_bytes = options.segment_bytes / 8;
  }
  if (options.reserve_bytes > options.segment_bytes / 2) {
    return absl::InvalidArgumentError(fmt::format("reserve_bytes {} is over half a segment, {}",
                                                  options.reserve_bytes,
                                                  options.segment_bytes / 2));
  }
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Open(FileSystem& files,
                                                     std::string directory,
                                                     Options options,
                                                     uint64_t from_number,
                                                     const RecordCallback& on_record) {
  return Open(files, std::move(directory), options, Replay{from_number, on_record});
}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Open(FileSystem& files,
                                                     std::string directory,
                                                     Options options,
                                                     const Replay& replay) {
  TW_ASSIGN_OR_RETURN(const Options checked, Checked(options));
  std::unique_ptr<Writer> writer(new Writer(files, std::move(directory), checked));
  TW_RETURN_IF_ERROR(writer->Start(replay));
  return writer;
}

// The segments up to where the scan begins: their first groups say what they hold.
absl::Status Writer::TellOfUnread(const Position& behind) {
  TW_RETURN_IF_ERROR(CheckPosition(files_, directory_, behind));
  for (uint32_t ordinal = 1; ordinal <= behind.segment; ++ordinal) {
    TW_ASSIGN_OR_RETURN(const auto file,
                        files_.Open(SegmentPath(directory_, ordinal), OpenMode::kRead));
    Window window(*file, kGroupHeaderBytes);
    TW_ASSIGN_OR_RETURN(const std::string_view bytes, window.At(0, kGroupHeaderBytes));
    const absl::StatusOr<GroupHeader> first = DecodeGroupHeader(bytes);
    if (!first.ok()) {
      return absl::DataLossError(fmt::format("{} byte 0: {}", SegmentPath(directory_, ordinal),
                                             std::string(first.status().message())));
    }
    index_->AddUnread(ordinal, first->first_number);
  }
  index_->Reach(behind.last_number);
  return absl::OkStatus();
}

absl::Status Writer::Start(const Replay& replay) {
  TW_RETURN_IF_ERROR(files_.CreateDirectory(directory_));
  TW_ASSIGN_OR_RETURN(lock_, files_.Lock(directory_));
  ScanOptions scan{replay.from_number, replay.on_record, nullptr, replay.behind};
  scan.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
    index_->Add(place.segment, place.offset, header.first_number, header.last_number());
    return replay.on_group ? replay.on_group(PositionOf(header, place)) : absl::OkStatus();
  };
  if (replay.behind) {
    TW_RETURN_IF_ERROR(TellOfUnread(*replay.behind));
  }
  TW_ASSIGN_OR_RETURN(recovery_, Scan(files_, directory_, scan));
  TW_RETURN_IF_ERROR(CutTornTail(files_, directory_, recovery_));

  journal_id_ = recovery_.groups > 0 ? recovery_.journal_id : RandomJournalId();
  last_number_ = recovery_.last_number;
  head_hash_ = recovery_.head_hash;
  last_synced_.store(last_number_, std::memory_order_release);

  absl::StatusOr<Segment> current = ClaimSegment(std::max(recovery_.end_segment, uint32_t{1}));
  TW_RETURN_IF_ERROR(current.status());
  current_ = *std::move(current);
  position_ = recovery_.end_offset;
  group_segment_ = recovery_.end_segment;
  group_offset_ = recovery_.last_group_offset;
  group_end_ = recovery_.end_offset;
  TW_RETURN_IF_ERROR(RewriteLastGroup());
  PrepareNext();
  return absl::OkStatus();
}

// The process before this one may have died after a failed fdatasync: its last group then stands in
// the page cache, readable but clean, and would never reach the disk. Written again it is dirty
// again, and this sync counts.
absl::Status Writer::RewriteLastGroup() {
  if (recovery_.groups == 0) {
    return absl::OkStatus();
  }
  const auto n = static_cast<size_t>(recovery_.end_offset - recovery_.last_group_offset);
  Window window(*current_.file, n);
  TW_ASSIGN_OR_RETURN(const std::string_view group, window.At(recovery_.last_group_offset, n));
  TW_RETURN_IF_ERROR(current_.file->WriteAt(recovery_.last_group_offset, group));
  return current_.file->Sync();
}

// Opens or makes a segment and claims its space. When the disk is full, one that holds something
// already is taken as it is.
absl::StatusOr<Writer::Segment> Writer::ClaimSegment(uint32_t ordinal) {
  Segment segment;
  segment.ordinal = ordinal;
  TW_ASSIGN_OR_RETURN(segment.file,
                      files_.Open(SegmentPath(directory_, ordinal), OpenMode::kWrite));
  TW_ASSIGN_OR_RETURN(segment.capacity, segment.file->Size());
  if (segment.capacity >= options_.segment_bytes) {
    return segment;
  }
  const absl::Status claimed = segment.file->Preallocate(options_.segment_bytes);
  if (claimed.ok()) {
    segment.capacity = options_.segment_bytes;
  } else if (absl::IsResourceExhausted(claimed)) {
    // Gives back the blocks that were had before the disk was full.
    TW_RETURN_IF_ERROR(segment.file->Truncate(segment.capacity));
    if (segment.capacity == 0) {
      return claimed;
    }
  } else {
    return claimed;
  }
  TW_RETURN_IF_ERROR(segment.file->Sync());
  TW_RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  return segment;
}

// Claims the segment after the current one, so that taking it up later needs no space. What goes
// wrong here costs no data: it is tried again, and the order lane closes in time.
void Writer::PrepareNext() {
  if (next_.file != nullptr) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < prepare_after_) {
    return;
  }
  absl::StatusOr<Segment> next = ClaimSegment(current_.ordinal + 1);
  const bool claimed = next.ok();
  if (claimed) {
    next_ = *std::move(next);
    order_lane_open_.store(true, std::memory_order_release);
  } else {
    prepare_after_ = now + options_.prepare_retry;
  }
  next_claimed_.store(claimed, std::memory_order_release);
}

// The group that is being gathered does not fit the current segment: it will be the first of the
// next one.
void Writer::TakeUpNext() {
  current_ = std::move(next_);
  next_ = Segment{};
  position_ = 0;
  filled_ = 0;
  PrepareNext();
}

// Whether a group may be written for this lane, now that TakeUpNext has had its chance.
bool Writer::HasRoom(uint64_t group_bytes, Lane lane) const {
  if (position_ + group_bytes > current_.capacity) {
    return false;
  }
  const uint64_t left = current_.capacity - position_ - group_bytes + next_.capacity;
  return lane == Lane::kPriority || left >= options_.reserve_bytes;
}

// After OK a record of that size fits behind what is buffered.
absl::Status Writer::MakeRoom(size_t record_bytes, Lane lane) {
  TW_RETURN_IF_ERROR(failure_);
  const size_t group_max = std::min<uint64_t>(kGroupBytesMax, options_.segment_bytes);
  const size_t record_max =
      std::min(kRecordBytesMax, group_max - kGroupHeaderBytes - kRecordHeaderBytes);
  if (record_bytes > record_max) {
    return absl::InvalidArgumentError(
        fmt::format("record of {} bytes, at most {}", record_bytes, record_max));
  }
  if (pending_.bytes_with(record_bytes) > group_max) {
    TW_RETURN_IF_ERROR(Sync());
  }
  PrepareNext();
  const size_t group_bytes = pending_.bytes_with(record_bytes);
  if (position_ + group_bytes > current_.capacity && group_bytes <= next_.capacity) {
    TakeUpNext();
  }
  if (!HasRoom(group_bytes, lane)) {
    if (lane == Lane::kOrder) {
      order_lane_open_.store(false, std::memory_order_release);
    }
    return absl::ResourceExhaustedError("no disk space for the journal in " + directory_);
  }
  return absl::OkStatus();
}

bool Writer::HasSpaceFor(size_t record_bytes, Lane lane) {
  return MakeRoom(record_bytes, lane).ok();
}

absl::StatusOr<uint64_t> Writer::Append(std::string_view record, Lane lane) {
  TW_RETURN_IF_ERROR(MakeRoom(record.size(), lane));
  pending_.Add(record);
  return ++last_number_;
}

absl::Status Writer::Sync() {
  TW_RETURN_IF_ERROR(failure_);
  if (pending_.empty()) {
    return absl::OkStatus();
  }
  const uint64_t first_number = last_number_ - pending_.count() + 1;
  const std::string_view group = pending_.Seal(journal_id_, first_number, head_hash_);
  TW_CHECK(position_ + group.size() <= current_.capacity);  // Append saw to it
  if (absl::Status written = current_.file->WriteAt(position_, group); !written.ok()) {
    return Fail(written);
  }
  if (group.size() <= kSmallGroupBytes) {
    FillAhead(position_ + group.size());
  }
  if (absl::Status synced = current_.file->Sync(); !synced.ok()) {
    return Fail(synced);
  }
  head_hash_ = HashOfGroup(group);
  index_->Add(current_.ordinal, position_, first_number, last_number_);
  group_segment_ = current_.ordinal;
  group_offset_ = position_;
  position_ += group.size();
  group_end_ = position_;
  pending_.Clear();
  last_synced_.store(last_number_, std::memory_order_release);
  return absl::OkStatus();
}

// A block that is written for the first time since it was claimed changes the file's extents, and
// syncing those may cost as much again as syncing the block. Small groups come when somebody waits
// for each; where they are large the disk has enough to do.
void Writer::FillAhead(uint64_t end) {
  if (end > filled_) {
    filled_ = std::min(end + kFillBytes, current_.capacity);
    current_.file->WriteZeros(end, filled_);
  }
}

Position Writer::position() const {
  return {journal_id_,    last_synced_.load(std::memory_order_acquire),
          group_segment_, group_offset_,
          group_end_,     head_hash_};
}

absl::Status Writer::Fail(const absl::Status& cause) {
  failure_ = absl::UnavailableError(
      fmt::format("journal {} has failed and takes nothing until restart: {}", directory_,
                  std::string(cause.message())));
  failed_.store(true, std::memory_order_release);
  return failure_;
}

}  // namespace tw::journal
