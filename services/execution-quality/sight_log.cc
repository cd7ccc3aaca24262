#include "services/execution-quality/sight_log.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/execution-quality/sight_codec.h"

namespace tw::eq {
namespace {

constexpr size_t kNameBytesMax = 20;  // of a generation

}  // namespace

absl::StatusOr<std::unique_ptr<SightLog>> SightLog::Open(
    journal::FileSystem& files, Options options, const std::function<void(Sighting)>& on_sighting) {
  std::unique_ptr<SightLog> log(new SightLog(files, std::move(options)));
  TW_RETURN_IF_ERROR(log->Recover(on_sighting));
  return log;
}

absl::Status SightLog::Recover(const std::function<void(Sighting)>& on_sighting) {
  TW_RETURN_IF_ERROR(files_.CreateDirectory(options_.folder));
  TW_ASSIGN_OR_RETURN(generation_, ReadCurrent());
  TW_RETURN_IF_ERROR(Clear(generation_ - 1));
  TW_RETURN_IF_ERROR(Clear(generation_ + 1));
  TW_ASSIGN_OR_RETURN(
      writer_, OpenJournal(generation_, [&](uint64_t, std::string_view record) -> absl::Status {
        TW_ASSIGN_OR_RETURN(Sighting sighting, DecodeSighting(record));
        bytes_ += record.size();
        on_sighting(std::move(sighting));
        return absl::OkStatus();
      }));
  return absl::OkStatus();
}

absl::StatusOr<size_t> SightLog::Keep(const std::vector<Sighting>& sightings) {
  size_t kept = 0;
  for (const Sighting& sighting : sightings) {
    const std::string record = Encode(sighting);
    const absl::Status appended = writer_->Append(record).status();
    if (absl::IsResourceExhausted(appended)) {
      break;
    }
    TW_RETURN_IF_ERROR(appended);
    bytes_ += record.size();
    ++kept;
  }
  TW_RETURN_IF_ERROR(writer_->Sync());
  return kept;
}

absl::Status SightLog::Roll(const std::vector<Sighting>& seen) {
  const uint64_t next = generation_ + 1;
  const absl::Status begun = Begin(next, seen);
  if (!begun.ok()) {
    roll_at_ = 2 * std::max(bytes_, options_.roll_bytes);
    return begun;
  }
  return Clear(next - 1);
}

absl::Status SightLog::Begin(uint64_t generation, const std::vector<Sighting>& seen) {
  TW_RETURN_IF_ERROR(Clear(generation));
  TW_ASSIGN_OR_RETURN(std::unique_ptr<journal::Writer> writer, OpenJournal(generation, nullptr));
  uint64_t bytes = 0;
  for (const Sighting& sighting : seen) {
    const std::string record = Encode(sighting);
    TW_RETURN_IF_ERROR(writer->Append(record).status());
    bytes += record.size();
  }
  TW_RETURN_IF_ERROR(writer->Sync());
  TW_RETURN_IF_ERROR(WriteCurrent(generation));
  writer_ = std::move(writer);
  generation_ = generation;
  bytes_ = bytes;
  roll_at_ = std::max(options_.roll_bytes, 2 * bytes);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> SightLog::ReadCurrent() const {
  const absl::StatusOr<std::unique_ptr<journal::File>> file =
      files_.Open(options_.folder + "/current", journal::OpenMode::kRead);
  if (absl::IsNotFound(file.status())) {
    return uint64_t{1};
  }
  TW_RETURN_IF_ERROR(file.status());
  std::string text(kNameBytesMax, '\0');
  TW_ASSIGN_OR_RETURN(const size_t n, (*file)->ReadAt(0, text.data(), text.size()));
  text.resize(n);
  uint64_t generation = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), generation);
  if (error != std::errc() || end != text.data() + text.size() || generation == 0) {
    return absl::DataLossError(options_.folder + "/current does not name a generation");
  }
  return generation;
}

absl::Status SightLog::WriteCurrent(uint64_t generation) {
  const std::string path = options_.folder + "/current";
  {
    TW_ASSIGN_OR_RETURN(const std::unique_ptr<journal::File> file,
                        files_.Open(path + ".new", journal::OpenMode::kWrite));
    TW_RETURN_IF_ERROR(file->Truncate(0));
    TW_RETURN_IF_ERROR(file->WriteAt(0, std::to_string(generation)));
    TW_RETURN_IF_ERROR(file->Sync());
  }
  TW_RETURN_IF_ERROR(files_.Rename(path + ".new", path));
  return files_.SyncDirectory(options_.folder);
}

absl::Status SightLog::Clear(uint64_t generation) {
  const std::string folder = FolderOf(generation);
  const absl::StatusOr<std::vector<std::string>> names = files_.List(folder);
  if (absl::IsNotFound(names.status())) {
    return absl::OkStatus();
  }
  TW_RETURN_IF_ERROR(names.status());
  const std::string inside = folder + "/";
  for (const std::string& name : *names) {
    TW_RETURN_IF_ERROR(files_.Remove(inside + name));
  }
  TW_RETURN_IF_ERROR(files_.SyncDirectory(folder));
  std::error_code left;  // an empty folder is no harm
  std::filesystem::remove(folder, left);
  return absl::OkStatus();
}

std::string SightLog::FolderOf(uint64_t generation) const {
  return options_.folder + "/" + std::to_string(generation);
}

absl::StatusOr<std::unique_ptr<journal::Writer>> SightLog::OpenJournal(
    uint64_t generation, const journal::RecordCallback& on_record) const {
  journal::Options options;
  options.segment_bytes = options_.segment_bytes;
  return journal::Writer::Open(files_, FolderOf(generation), options, 1, on_record);
}

}  // namespace tw::eq
