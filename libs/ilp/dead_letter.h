// DeadLetter: the file of rows that QuestDB refuses for a reason of their own, one JSON object a
// line: {"time", "reason", "http_status", "row"}. "row" is the ILP row, other than printable ASCII
// as \xNN. Bounded: past `bytes_max` rows are counted, not kept. After a kill in the middle of a
// batch a row can be in it twice. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/time.h"

namespace tw::ilp {

class DeadLetter {
 public:
  DeadLetter(std::string path, uint64_t bytes_max)
      : path_(std::move(path)), bytes_max_(bytes_max) {}

  // ResourceExhausted: the file is full. Unavailable: the disk refused. The row is lost then.
  absl::Status Write(std::string_view row, std::string_view reason, int http_status, Timestamp now);

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  uint64_t bytes_max_;
};

}  // namespace tw::ilp
