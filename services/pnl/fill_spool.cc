#include "services/pnl/fill_spool.h"

#include <cstring>

#include "libs/base/status_macros.h"

namespace tw::pnl {
namespace {

constexpr size_t kPendingMax = size_t{64} << 10;

}  // namespace

absl::Status FillSpool::Open() {
  if (file_ == nullptr) {
    TW_ASSIGN_OR_RETURN(auto file, files_.Open(path_, journal::OpenMode::kWrite));
    TW_RETURN_IF_ERROR(file->Truncate(0));  // of a process before
    file_ = std::move(file);
  }
  return absl::OkStatus();
}

absl::Status FillSpool::Flush() {
  TW_RETURN_IF_ERROR(Open());
  TW_RETURN_IF_ERROR(file_->WriteAt(written_, pending_));
  written_ += pending_.size();
  pending_.clear();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> FillSpool::Append(std::string_view bytes) {
  if (pending_.size() >= kPendingMax) {
    TW_RETURN_IF_ERROR(Flush());
  }
  const uint64_t place = written_ + pending_.size();
  const auto length = static_cast<uint32_t>(bytes.size());
  pending_.append(reinterpret_cast<const char*>(&length), sizeof(length));
  pending_.append(bytes);
  return place;
}

absl::StatusOr<std::string> FillSpool::Read(uint64_t place) {
  TW_RETURN_IF_ERROR(Flush());
  uint32_t length = 0;
  std::string bytes(sizeof(length), '\0');
  TW_ASSIGN_OR_RETURN(size_t n, file_->ReadAt(place, bytes.data(), bytes.size()));
  if (n == bytes.size()) {
    std::memcpy(&length, bytes.data(), sizeof(length));
    if (place + sizeof(length) + length <= written_) {
      bytes.resize(length);
      TW_ASSIGN_OR_RETURN(n, file_->ReadAt(place + sizeof(length), bytes.data(), length));
      if (n == length) {
        return bytes;
      }
    }
  }
  return absl::DataLossError(path_ + " does not hold what was written");
}

absl::Status FillSpool::Clear() {
  if (file_ != nullptr && written_ > 0) {
    TW_RETURN_IF_ERROR(file_->Truncate(0));
  }
  written_ = 0;
  pending_.clear();
  return absl::OkStatus();
}

}  // namespace tw::pnl
