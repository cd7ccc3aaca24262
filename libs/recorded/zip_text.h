// ZipText: the lines of the one text file in a zip archive.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/lines.h"

namespace tw::recorded {

// The archive's own checksum is verified by reading to the end.
class ZipText final : public Lines {
 public:
  // NotFound when there is no such file, InvalidArgument when it is no zip archive or does not hold
  // exactly one file.
  static absl::StatusOr<ZipText> Open(const std::string& path);
  ~ZipText() override;
  ZipText(ZipText&&) noexcept;
  ZipText& operator=(ZipText&&) noexcept;

  const std::string& entry_name() const;

 protected:
  absl::StatusOr<size_t> Read(char* to, size_t size) override;

 private:
  struct State;
  ZipText(std::string path, std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tw::recorded
