#include "services/cli/alt_upload.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/http/client.h"
#include "libs/json/json.h"

namespace tw::cli {
namespace {

namespace v1 = tradewind::v1;

constexpr std::chrono::milliseconds kAskAgain{50};
constexpr Duration kBusyMax = Duration::Seconds(120);  // for others' files to be done
constexpr int kTooMany = 429;
constexpr int kAccepted = 202;
constexpr int kWhole = 100;

// One piece of the file, with the header of a CSV file before it.
struct Piece {
  std::string text;
  int64_t line_offset = 0;
  int percent = 0;  // of the file that is behind it
};

// Cuts the file at the ends of records. One pass over it.
class Pieces {
 public:
  Pieces(const std::string& path, const AltUploadOptions& options)
      : path_(path), options_(options), in_(path, std::ios::binary) {}

  absl::Status Open() {
    if (!in_) {
      return absl::NotFoundError(path_ + ": " +
                                 std::error_code(errno, std::generic_category()).message());
    }
    in_.seekg(0, std::ios::end);
    size_ = static_cast<int64_t>(in_.tellg());
    in_.seekg(0);
    return in_ ? absl::OkStatus() : absl::InvalidArgumentError(path_ + ": cannot be read");
  }
  bool one() const { return size_ <= static_cast<int64_t>(options_.piece_bytes); }

  // nullopt at the end.
  absl::StatusOr<std::optional<Piece>> Next() {
    if (done_) {
      return std::optional<Piece>();
    }
    const size_t kept = rest_.size();
    rest_.resize(kept + options_.piece_bytes);
    in_.read(rest_.data() + kept, static_cast<std::streamsize>(options_.piece_bytes));
    rest_.resize(kept + static_cast<size_t>(in_.gcount()));
    if (in_.bad()) {
      return absl::UnavailableError(path_ + ": cannot be read");
    }
    done_ = in_.eof();
    const size_t whole = done_ ? rest_.size() : sink_alt::WholeRecords(options_.format, rest_);
    if (whole == 0 && !done_) {
      return absl::InvalidArgumentError(path_ + ": line " + std::to_string(lines_ + 1) +
                                        ": no end of a record within " +
                                        std::to_string(options_.piece_bytes) + " bytes");
    }
    Piece piece{.text = rest_.substr(0, whole), .line_offset = lines_};
    rest_.erase(0, whole);
    bytes_ += static_cast<int64_t>(whole);
    piece.percent = size_ == 0 ? kWhole : static_cast<int>(bytes_ * kWhole / size_);
    const int64_t lines = std::count(piece.text.begin(), piece.text.end(), '\n');
    if (options_.format == sink_alt::FileFormat::kCsv) {
      AddHeader(piece);
    }
    lines_ += lines;
    return std::optional<Piece>(std::move(piece));
  }

 private:
  void AddHeader(Piece& piece) {
    if (lines_ == 0) {
      header_ = piece.text.substr(0, std::min(piece.text.find('\n'), piece.text.size()));
      return;
    }
    piece.text.insert(0, header_ + "\n");
    --piece.line_offset;  // the header is line 1 of the piece
  }

  const std::string path_;
  const AltUploadOptions& options_;
  std::ifstream in_;
  std::string header_;
  std::string rest_;
  int64_t size_ = 0;
  int64_t bytes_ = 0;
  int64_t lines_ = 0;
  bool done_ = false;
};

absl::Status StatusOf(const http::Response& response) {
  return absl::UnavailableError("sink-alt answered " + std::to_string(response.status) + ": " +
                                response.body.substr(0, 300));
}

class Uploader {
 public:
  explicit Uploader(const AltUploadOptions& options)
      : options_(options), client_(options.address) {}

  // Sends a piece and asks until it is done.
  absl::StatusOr<v1::Upload> Send(const Piece& piece, bool check) {
    TW_ASSIGN_OR_RETURN(v1::Upload upload, Begin(piece, check));
    while (upload.state() == "checking" || upload.state() == "storing") {
      std::this_thread::sleep_for(kAskAgain);
      TW_ASSIGN_OR_RETURN(
          const http::Response response,
          client_.Fetch("GET", "/uploads/" + upload.upload_id(), "", options_.timeout));
      if (response.status != 200) {
        return StatusOf(response);
      }
      TW_RETURN_IF_ERROR(json::FromJson(response.body, &upload));
    }
    if (upload.state() == "failed") {
      return absl::UnavailableError("sink-alt: " + upload.reason());
    }
    return upload;
  }

 private:
  absl::StatusOr<v1::Upload> Begin(const Piece& piece, bool check) {
    const bool csv = options_.format == sink_alt::FileFormat::kCsv;
    const std::string target = std::string("/uploads?format=") + (csv ? "csv" : "jsonl") +
                               "&check=" + (check ? "true" : "false") +
                               "&line_offset=" + std::to_string(piece.line_offset);
    const http::NameValues headers = {{"Content-Type", csv ? "text/csv" : "application/x-ndjson"}};
    const int64_t began = MonotonicNanos();
    for (;;) {
      TW_ASSIGN_OR_RETURN(const http::Response response,
                          client_.Fetch("POST", target, piece.text, options_.timeout, headers));
      if (response.status == kAccepted) {
        v1::Upload upload;
        TW_RETURN_IF_ERROR(json::FromJson(response.body, &upload));
        return upload;
      }
      if (response.status != kTooMany || MonotonicNanos() - began > kBusyMax.ns) {
        return StatusOf(response);
      }
      std::this_thread::sleep_for(kAskAgain * 4);
    }
  }

  const AltUploadOptions& options_;
  http::Client client_;
};

// One pass over the whole file.
absl::Status Pass(const std::string& path,
                  const AltUploadOptions& options,
                  bool check,
                  AltUploadResult& result) {
  Pieces pieces(path, options);
  TW_RETURN_IF_ERROR(pieces.Open());
  Uploader uploader(options);
  for (;;) {
    TW_ASSIGN_OR_RETURN(std::optional<Piece> piece, pieces.Next());
    if (!piece) {
      return absl::OkStatus();
    }
    const int percent = piece->percent;
    TW_ASSIGN_OR_RETURN(const v1::Upload upload, uploader.Send(*std::move(piece), check));
    result.records += upload.records();
    result.accepted += upload.accepted();
    result.duplicates += upload.duplicates();
    result.faults += upload.faults();
    result.fault_list.insert(result.fault_list.end(), upload.fault_list().begin(),
                             upload.fault_list().end());
    if (options.on_progress) {
      options.on_progress(check ? "checking" : "storing", percent, result.records);
    }
  }
}

}  // namespace

absl::StatusOr<AltUploadResult> UploadAlt(const std::string& path,
                                          const AltUploadOptions& options) {
  Pieces whole(path, options);
  TW_RETURN_IF_ERROR(whole.Open());
  AltUploadResult result;
  if (options.check_only || !whole.one()) {
    TW_RETURN_IF_ERROR(Pass(path, options, true, result));
    if (options.check_only || result.faults > 0) {
      return result;
    }
  }
  result = {};
  TW_RETURN_IF_ERROR(Pass(path, options, false, result));
  return result;
}

}  // namespace tw::cli
