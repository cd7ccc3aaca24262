#include "libs/recorded/lines.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/recorded/zip_text.h"

namespace tw::recorded {
namespace {

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

// Plain text is what zlib hands through as it is.
class GzipText final : public Lines {
 public:
  GzipText(std::string path, gzFile file) : Lines(std::move(path)), file_(file) {}

 protected:
  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    const int got = gzread(file_.get(), to, static_cast<unsigned>(size));
    int code = Z_OK;
    const char* text = gzerror(file_.get(), &code);
    if (got < 0 || (got == 0 && code == Z_BUF_ERROR)) {
      return absl::DataLossError(code == Z_BUF_ERROR ? "the file is cut off" : text);
    }
    return static_cast<size_t>(got);
  }

 private:
  std::unique_ptr<gzFile_s, CloseGzip> file_;
};

}  // namespace

// Moves what is left to the front and reads behind it.
absl::Status Lines::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const absl::StatusOr<size_t> got = Read(buffer_.data() + end_, buffer_.size() - end_);
  if (!got.ok()) {
    return absl::DataLossError(path_ + ": damaged after line " + std::to_string(line_number_) +
                               ": " + std::string(got.status().message()));
  }
  ended_ = *got == 0;
  end_ += *got;
  return absl::OkStatus();
}

absl::StatusOr<bool> Lines::NextLine(std::string_view& line) {
  const char* newline = nullptr;
  while (true) {
    newline = static_cast<const char*>(std::memchr(buffer_.data() + begin_, '\n', end_ - begin_));
    if (newline != nullptr || ended_ || end_ - begin_ > kLineMax) {
      break;
    }
    TW_RETURN_IF_ERROR(Fill());
  }
  const size_t stop = newline == nullptr ? end_ : static_cast<size_t>(newline - buffer_.data());
  if (newline == nullptr && ended_ && begin_ == end_) {
    return false;
  }
  ++line_number_;
  if (stop - begin_ > kLineMax) {
    return absl::InvalidArgumentError(path_ + ":" + std::to_string(line_number_) +
                                      ": longer than " + std::to_string(kLineMax) + " bytes");
  }
  line = std::string_view(buffer_.data() + begin_, stop - begin_);
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  unfinished_ = newline == nullptr;
  begin_ = newline == nullptr ? end_ : stop + 1;
  return true;
}

absl::StatusOr<std::unique_ptr<Lines>> OpenLines(const std::string& path) {
  if (path.size() >= 4 && path.compare(path.size() - 4, 4, ".zip") == 0) {
    TW_ASSIGN_OR_RETURN(ZipText text, ZipText::Open(path));
    return std::make_unique<ZipText>(std::move(text));
  }
  errno = 0;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    return errno == ENOENT ? absl::NotFoundError(path + ": no such file")
                           : absl::InvalidArgumentError(path + ": cannot be read");
  }
  return std::make_unique<GzipText>(path, file);
}

}  // namespace tw::recorded
