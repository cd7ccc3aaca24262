#include "libs/recorded/zip_text.h"

#include <zip.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace tw::recorded {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

std::string ErrorText(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

struct ZipText::State {
  std::string entry_name;
  std::unique_ptr<zip_t, CloseArchive> archive;
  std::unique_ptr<zip_file_t, CloseFile> file;  // closed before the archive
};

absl::StatusOr<size_t> ZipText::Read(char* to, size_t size) {
  const zip_int64_t got = zip_fread(state_->file.get(), to, size);
  if (got < 0) {
    return absl::DataLossError(zip_file_strerror(state_->file.get()));
  }
  return static_cast<size_t>(got);
}

ZipText::ZipText(std::string path, std::unique_ptr<State> state)
    : Lines(std::move(path)), state_(std::move(state)) {}
ZipText::~ZipText() = default;
ZipText::ZipText(ZipText&&) noexcept = default;
ZipText& ZipText::operator=(ZipText&&) noexcept = default;

absl::StatusOr<ZipText> ZipText::Open(const std::string& path) {
  auto state = std::make_unique<State>();
  int code = 0;
  state->archive.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  // libzip says the same of an archive whose sizes lead nowhere.
  std::error_code ignored;
  if (state->archive == nullptr && !std::filesystem::exists(path, ignored)) {
    return absl::NotFoundError(path + ": no such file");
  }
  if (state->archive == nullptr) {
    return absl::InvalidArgumentError(path +
                                      ": cannot be read as a zip archive: " + ErrorText(code));
  }
  const zip_int64_t entries = zip_get_num_entries(state->archive.get(), 0);
  if (entries != 1) {
    return absl::InvalidArgumentError(path + ": expected one file in the archive, found " +
                                      std::to_string(entries));
  }
  state->entry_name = zip_get_name(state->archive.get(), 0, 0);
  state->file.reset(zip_fopen_index(state->archive.get(), 0, 0));
  if (state->file == nullptr) {
    return absl::InvalidArgumentError(path + ": " + state->entry_name +
                                      " cannot be read: " + zip_strerror(state->archive.get()));
  }
  return ZipText(path, std::move(state));
}

const std::string& ZipText::entry_name() const {
  return state_->entry_name;
}

}  // namespace tw::recorded
