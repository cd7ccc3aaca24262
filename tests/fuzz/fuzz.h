// A fuzz target is one function over bytes that others may send or leave on a disk. It stops the
// program (TW_CHECK, a sanitizer) when what it says about its reader does not hold.
//
// Built twice: with clang's libFuzzer by preset `fuzz`, which looks for new inputs; and in every
// other tree with replay_test.cc, which tries the corpus and mutations of it.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "libs/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace tw::fuzz {

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The input as a tape: numbers off its front, zeros once it has ended.
class Tape {
 public:
  explicit Tape(std::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t Byte() {
    const uint8_t byte = bytes_.empty() ? 0 : static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(bytes_.empty() ? 0 : 1);
    return byte;
  }
  uint32_t Word() {
    uint32_t word = 0;
    for (int i = 0; i < 4; ++i) {
      word = word << 8 | Byte();
    }
    return word;
  }
  std::string_view Take(size_t n) {
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view Rest() { return Take(bytes_.size()); }

 private:
  std::string_view bytes_;
};

// A folder of this process, in memory where the machine has /dev/shm; removed at the exit.
class Folder {
 public:
  explicit Folder(const std::string& name) {
    const std::filesystem::path shm = "/dev/shm";
    const auto base =
        ::access(shm.c_str(), W_OK) == 0 ? shm : std::filesystem::temp_directory_path();
    path_ = (base / ("tw-fuzz-" + name + "-" + std::to_string(::getpid()))).string();
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

  std::string Write(const std::string& name, std::string_view bytes) const {
    std::string path = path_ + "/" + name;
    std::FILE* file = std::fopen(path.c_str(), "wb");
    TW_CHECK(file != nullptr);
    TW_CHECK(bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
    TW_CHECK(std::fclose(file) == 0);
    return path;
  }

 private:
  std::string path_;
};

}  // namespace tw::fuzz
