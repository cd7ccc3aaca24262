#include "libs/journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/journal/segment.h"

namespace tw::journal {
namespace {

constexpr uint64_t kChunkBytesMin = 4 << 10;
constexpr uint64_t kChunkBytesMax = 1 << 20;

// memcmp against itself, one byte on: many bytes at a time.
bool AllZeros(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// The place behind the last byte at or after `from` that is not zero; `from` when there is none.
absl::StatusOr<uint64_t> EndOfContent(Window& window, uint64_t from) {
  uint64_t end = from;
  for (uint64_t at = from;; at += window.chunk_bytes()) {
    TW_ASSIGN_OR_RETURN(const std::string_view chunk, window.At(at, window.chunk_bytes()));
    if (!AllZeros(chunk)) {
      end = at + chunk.find_last_not_of('\0') + 1;
    }
    if (chunk.size() < window.chunk_bytes()) {
      return end;
    }
  }
}

class Scanner {
 public:
  Scanner(FileSystem& files, const std::string& directory, const ScanOptions& options)
      : files_(files), directory_(directory), options_(options) {}

  absl::StatusOr<RecoveryReport> Run() {
    TW_ASSIGN_OR_RETURN(report_.segments, CountSegments(files_, directory_));
    uint32_t segment = 1;
    if (options_.behind) {
      TW_RETURN_IF_ERROR(StandBehind(*options_.behind));
      segment = options_.behind->segment;
      TW_RETURN_IF_ERROR(ScanSegment(segment++, options_.behind->end_offset));
    }
    for (; segment <= report_.segments; ++segment) {
      TW_RETURN_IF_ERROR(ScanSegment(segment, 0));
    }
    return report_;
  }

 private:
  absl::Status StandBehind(const Position& position) {
    TW_RETURN_IF_ERROR(CheckPosition(files_, directory_, position));
    report_.journal_id = position.journal_id;
    report_.head_hash = position.hash;
    report_.last_number = position.last_number;
    report_.groups = 1;
    report_.end_segment = position.segment;
    report_.end_offset = position.end_offset;
    report_.last_group_offset = position.group_offset;
    return absl::OkStatus();
  }

  absl::Status ScanSegment(uint32_t segment, uint64_t offset) {
    TW_ASSIGN_OR_RETURN(const auto file,
                        files_.Open(SegmentPath(directory_, segment), OpenMode::kRead));
    TW_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
    Window window(*file, std::clamp(size, kChunkBytesMin, kChunkBytesMax));
    while (true) {
      TW_ASSIGN_OR_RETURN(std::string_view bytes, window.At(offset, kGroupHeaderBytes));
      const absl::StatusOr<GroupHeader> header = DecodeGroupHeader(bytes);
      if (absl::IsFailedPrecondition(header.status())) {
        return absl::FailedPreconditionError(fmt::format("{}: {}", PlaceText(segment, offset),
                                                         std::string(header.status().message())));
      }
      if (!header.ok()) {
        return CheckRest(segment, offset, window);
      }
      TW_ASSIGN_OR_RETURN(bytes, window.At(offset, header->group_bytes()));
      if (bytes.size() < header->group_bytes() ||
          !PayloadIntact(*header, bytes.substr(kGroupHeaderBytes))) {
        return CheckRest(segment, offset, window);
      }
      TW_RETURN_IF_ERROR(TakeGroup(*header, bytes, segment, offset));
      offset += header->group_bytes();
    }
  }

  // An intact group: it must follow the one before.
  absl::Status TakeGroup(const GroupHeader& header,
                         std::string_view group,
                         uint32_t segment,
                         uint64_t offset) {
    if (report_.torn_segment != 0) {
      return Damage(report_.torn_segment, report_.torn_offset,
                    "damaged, yet groups follow at " + PlaceText(segment, offset));
    }
    if (header.first_number != report_.last_number + 1) {
      return Damage(segment, offset,
                    fmt::format("group starts with record {}, expected {}", header.first_number,
                                report_.last_number + 1));
    }
    if (report_.groups > 0 && header.journal_id != report_.journal_id) {
      return Damage(segment, offset, "group belongs to another journal");
    }
    if (header.previous_hash != report_.head_hash) {
      return Damage(segment, offset,
                    fmt::format("chain broken: group follows {}, expected {}",
                                Hex(header.previous_hash), Hex(report_.head_hash)));
    }
    const GroupPlace place{segment, offset, HashOfGroup(group)};
    if (options_.on_record && header.last_number() >= options_.from_number) {
      TW_RETURN_IF_ERROR(HandOut(header, group.substr(kGroupHeaderBytes)));
    }
    report_.journal_id = header.journal_id;
    report_.head_hash = place.hash;
    report_.last_number = header.last_number();
    ++report_.groups;
    report_.end_segment = segment;
    report_.end_offset = offset + group.size();
    report_.last_group_offset = offset;
    return options_.on_group ? options_.on_group(header, place) : absl::OkStatus();
  }

  absl::Status HandOut(const GroupHeader& header, std::string_view payload) {
    return ForEachRecord(header, payload, [this](uint64_t number, std::string_view record) {
      if (number < options_.from_number) {
        return absl::OkStatus();
      }
      ++report_.records;
      return options_.on_record(number, record);
    });
  }

  // No intact group at `offset`: the end of the segment, a torn tail or damage.
  absl::Status CheckRest(uint32_t segment, uint64_t offset, Window& window) {
    TW_ASSIGN_OR_RETURN(const uint64_t end, EndOfContent(window, offset));
    if (end == offset) {
      return absl::OkStatus();
    }
    if (report_.torn_segment != 0) {
      return Damage(report_.torn_segment, report_.torn_offset,
                    "damaged, yet more was written to " + PlaceText(segment, offset));
    }
    TW_ASSIGN_OR_RETURN(const bool follows, GroupFollows(window, offset + 1, end));
    if (follows) {
      return Damage(segment, offset, "damaged, yet groups follow in the same segment");
    }
    report_.torn_segment = segment;
    report_.torn_offset = offset;
    report_.torn_bytes = end - offset;
    return absl::OkStatus();
  }

  // Whether an intact group header of this journal lies in [from, end). A record may hold bytes
  // that look like one, but the journal's id is random and never leaves the disk, so nobody can
  // make a record that passes for a group.
  absl::StatusOr<bool> GroupFollows(Window& window, uint64_t from, uint64_t end) const {
    for (uint64_t at = from; at + kGroupHeaderBytes <= end;) {
      TW_ASSIGN_OR_RETURN(const std::string_view chunk, window.At(at, window.chunk_bytes()));
      const size_t found = chunk.find(kGroupMagic);
      if (found == std::string_view::npos) {
        if (chunk.size() < window.chunk_bytes()) {
          return false;
        }
        at += window.chunk_bytes() - (kGroupMagic.size() - 1);
        continue;
      }
      TW_ASSIGN_OR_RETURN(const std::string_view bytes, window.At(at + found, kGroupHeaderBytes));
      const absl::StatusOr<GroupHeader> header = DecodeGroupHeader(bytes);
      if (header.ok() ? report_.groups == 0 || header->journal_id == report_.journal_id
                      : absl::IsFailedPrecondition(header.status())) {
        return true;
      }
      at += found + 1;
    }
    return false;
  }

  std::string PlaceText(uint32_t segment, uint64_t offset) const {
    return fmt::format("{} byte {}", SegmentPath(directory_, segment), offset);
  }

  absl::Status Damage(uint32_t segment, uint64_t offset, const std::string& what) const {
    return absl::DataLossError(PlaceText(segment, offset) + ": " + what);
  }

  FileSystem& files_;
  const std::string& directory_;
  const ScanOptions& options_;
  RecoveryReport report_;
};

}  // namespace

Position PositionOf(const GroupHeader& header, const GroupPlace& place) {
  Position position;
  position.journal_id = header.journal_id;
  position.last_number = header.last_number();
  position.segment = place.segment;
  position.group_offset = place.offset;
  position.end_offset = place.offset + header.group_bytes();
  position.hash = place.hash;
  return position;
}

absl::Status CheckPosition(FileSystem& files,
                           const std::string& directory,
                           const Position& position) {
  const absl::Status other = absl::NotFoundError(
      fmt::format("record {} is not at {} byte {}", position.last_number,
                  SegmentPath(directory, position.segment), position.group_offset));
  TW_ASSIGN_OR_RETURN(const uint32_t segments, CountSegments(files, directory));
  if (position.segment == 0 || position.segment > segments) {
    return other;
  }
  TW_ASSIGN_OR_RETURN(const auto file,
                      files.Open(SegmentPath(directory, position.segment), OpenMode::kRead));
  Window window(*file, kChunkBytesMin);
  TW_ASSIGN_OR_RETURN(std::string_view bytes, window.At(position.group_offset, kGroupHeaderBytes));
  const absl::StatusOr<GroupHeader> header = DecodeGroupHeader(bytes);
  if (!header.ok() || header->journal_id != position.journal_id ||
      header->last_number() != position.last_number ||
      position.group_offset + header->group_bytes() != position.end_offset) {
    return other;
  }
  TW_ASSIGN_OR_RETURN(bytes, window.At(position.group_offset, header->group_bytes()));
  const bool same = bytes.size() == header->group_bytes() &&
                    PayloadIntact(*header, bytes.substr(kGroupHeaderBytes)) &&
                    HashOfGroup(bytes) == position.hash;
  return same ? absl::OkStatus() : other;
}

absl::StatusOr<RecoveryReport> Scan(FileSystem& files,
                                    const std::string& directory,
                                    const ScanOptions& options) {
  return Scanner(files, directory, options).Run();
}

absl::Status CutTornTail(FileSystem& files,
                         const std::string& directory,
                         const RecoveryReport& report) {
  if (report.torn_segment == 0) {
    return absl::OkStatus();
  }
  TW_ASSIGN_OR_RETURN(const auto file,
                      files.Open(SegmentPath(directory, report.torn_segment), OpenMode::kWrite));
  // Zeros, not a truncation: the blocks stay claimed, so a full disk cannot take them away.
  const std::string zeros(std::min<uint64_t>(report.torn_bytes, kChunkBytesMax), '\0');
  uint64_t at = report.torn_offset;
  for (uint64_t left = report.torn_bytes; left > 0;) {
    const size_t n = std::min<uint64_t>(left, zeros.size());
    TW_RETURN_IF_ERROR(file->WriteAt(at, std::string_view(zeros).substr(0, n)));
    at += n;
    left -= n;
  }
  return file->Sync();
}

absl::StatusOr<RecoveryReport> Recover(FileSystem& files,
                                       const std::string& directory,
                                       uint64_t from_number,
                                       const RecordCallback& on_record) {
  TW_RETURN_IF_ERROR(files.CreateDirectory(directory));
  TW_ASSIGN_OR_RETURN(const auto lock, files.Lock(directory));
  TW_ASSIGN_OR_RETURN(const RecoveryReport report,
                      Scan(files, directory, {from_number, on_record, nullptr, std::nullopt}));
  TW_RETURN_IF_ERROR(CutTornTail(files, directory, report));
  return report;
}

absl::StatusOr<RecoveryReport> Verify(FileSystem& files, const std::string& directory) {
  return Scan(files, directory, {});
}

absl::StatusOr<RecoveryReport> Dump(FileSystem& files,
                                    const std::string& directory,
                                    uint64_t from,
                                    uint64_t to,
                                    const std::function<std::string(std::string_view)>& describe,
                                    std::ostream& out) {
  std::vector<std::string> lines;  // of the records of one group, which come before its on_group
  ScanOptions options;
  options.from_number = from;
  options.on_record = [&](uint64_t number, std::string_view record) {
    if (describe && number <= to) {
      lines.push_back(fmt::format("  {} {} bytes {}\n", number, record.size(), describe(record)));
    }
    return absl::OkStatus();
  };
  options.on_group = [&](const GroupHeader& header, const GroupPlace& place) {
    if (header.last_number() >= from && header.first_number <= to) {
      out << fmt::format("{} byte {}: records {}..{}, {} bytes, {}\n",
                         SegmentPath(directory, place.segment), place.offset, header.first_number,
                         header.last_number(), header.group_bytes(), Hex(place.hash));
      for (const std::string& line : lines) {
        out << line;
      }
    }
    lines.clear();
    return absl::OkStatus();
  };
  return Scan(files, directory, options);
}

}  // namespace tw::journal
