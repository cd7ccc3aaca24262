#include "libs/recorded/zip_text.h"

#include <zip.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace tw::recorded {
namespace {

constexpr size_t kChunk = 64 << 10;

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
  std::string path;
  std::string entry_name;
  std::unique_ptr<zip_t, CloseArchive> archive;
  std::unique_ptr<zip_file_t, CloseFile> file;  // closed before the archive
  std::vector<char> buffer = std::vector<char>(kChunk);
  size_t begin = 0;  // of what is not handed out yet
  size_t end = 0;
  bool ended = false;
  uint64_t line_number = 0;

  absl::Status Fill();
};

// Moves what is left to the front and reads behind it.
absl::Status ZipText::State::Fill() {
  std::memmove(buffer.data(), buffer.data() + begin, end - begin);
  end -= begin;
  begin = 0;
  const zip_int64_t got = zip_fread(file.get(), buffer.data() + end, buffer.size() - end);
  if (got < 0) {
    return absl::DataLossError(path + ": damaged after line " + std::to_string(line_number) + ": " +
                               zip_file_strerror(file.get()));
  }
  ended = got == 0;
  end += static_cast<size_t>(got);
  return absl::OkStatus();
}

ZipText::ZipText(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipText::~ZipText() = default;
ZipText::ZipText(ZipText&&) noexcept = default;
ZipText& ZipText::operator=(ZipText&&) noexcept = default;

absl::StatusOr<ZipText> ZipText::Open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  int code = 0;
  state->archive.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (state->archive == nullptr && code == ZIP_ER_NOENT) {
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
  return ZipText(std::move(state));
}

absl::StatusOr<bool> ZipText::NextLine(std::string_view& line) {
  State& s = *state_;
  const char* newline = nullptr;
  while (true) {
    newline =
        static_cast<const char*>(std::memchr(s.buffer.data() + s.begin, '\n', s.end - s.begin));
    if (newline != nullptr || s.ended || s.end - s.begin > kLineMax) {
      break;
    }
    if (absl::Status status = s.Fill(); !status.ok()) {
      return status;
    }
  }
  const size_t stop = newline == nullptr ? s.end : static_cast<size_t>(newline - s.buffer.data());
  if (newline == nullptr && s.ended && s.begin == s.end) {
    return false;
  }
  ++s.line_number;
  if (stop - s.begin > kLineMax) {
    return absl::InvalidArgumentError(s.path + ":" + std::to_string(s.line_number) +
                                      ": longer than " + std::to_string(kLineMax) + " bytes");
  }
  line = std::string_view(s.buffer.data() + s.begin, stop - s.begin);
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  s.begin = newline == nullptr ? s.end : stop + 1;
  return true;
}

uint64_t ZipText::line_number() const {
  return state_->line_number;
}
const std::string& ZipText::entry_name() const {
  return state_->entry_name;
}

}  // namespace tw::recorded
