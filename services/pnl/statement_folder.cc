#include "services/pnl/statement_folder.h"

#include <fmt/format.h>

#include <memory>

#include "libs/base/status_macros.h"

namespace tw::pnl {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;

bool IsPlain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// Gathers small pieces of text into large writes.
class FileText {
 public:
  explicit FileText(journal::File& file) : file_(file) {}

  void Add(std::string_view text) {
    pending_ += text;
    if (pending_.size() >= kPieceBytes) {
      Flush();
    }
  }
  absl::Status Finish() {
    Flush();
    status_.Update(file_.Sync());
    return status_;
  }

 private:
  void Flush() {
    if (status_.ok()) {
      status_ = file_.WriteAt(written_, pending_);
    }
    written_ += pending_.size();
    pending_.clear();
  }

  journal::File& file_;
  std::string pending_;
  uint64_t written_ = 0;
  absl::Status status_;
};

}  // namespace

std::string StatementName(const std::string& account) {
  std::string name;
  for (const char c : account) {
    // No hidden file either, and no name that begins as a relative folder does.
    const bool plain = IsPlain(c) && !(c == '.' && name.empty());
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return name;
}

absl::StatusOr<bool> StatementFolder::Holds(const std::string& day,
                                            const std::string& market) const {
  const absl::Status listed = files_.List(root_ + "/" + day + "/" + market).status();
  if (absl::IsNotFound(listed)) {
    return false;
  }
  TW_RETURN_IF_ERROR(listed);
  return true;
}

absl::Status StatementFolder::WriteFile(const std::string& path, const StatementFile& file) {
  TW_ASSIGN_OR_RETURN(const std::unique_ptr<journal::File> out,
                      files_.Open(path, journal::OpenMode::kWrite));
  FileText text(*out);
  TW_RETURN_IF_ERROR(file.write([&text](std::string_view piece) { text.Add(piece); }));
  return text.Finish();
}

absl::Status StatementFolder::Write(const std::string& day,
                                    const std::string& market,
                                    const std::vector<StatementFile>& files) {
  const std::string folder = root_ + "/" + day;
  TW_ASSIGN_OR_RETURN(const bool there, Holds(day, market));
  if (there) {  // but maybe not for good yet
    return files_.SyncDirectory(folder);
  }
  const std::string draft = folder + "/." + market + ".partial";
  TW_RETURN_IF_ERROR(files_.CreateDirectory(draft));
  TW_ASSIGN_OR_RETURN(const std::vector<std::string> left, files_.List(draft));
  const auto in_draft = [&draft](const std::string& name) { return draft + "/" + name; };
  for (const std::string& name : left) {
    TW_RETURN_IF_ERROR(files_.Remove(in_draft(name)));
  }
  for (const StatementFile& file : files) {
    TW_RETURN_IF_ERROR(WriteFile(in_draft(file.name), file));
  }
  TW_RETURN_IF_ERROR(files_.SyncDirectory(draft));
  TW_RETURN_IF_ERROR(files_.Rename(draft, folder + "/" + market));
  return files_.SyncDirectory(folder);
}

}  // namespace tw::pnl
