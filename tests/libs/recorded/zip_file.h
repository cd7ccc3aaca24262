// Writes zip archives for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tw::recorded {

// A folder of this test's own under TempDir(), removed at the end.
class TempFolder {
 public:
  TempFolder()
      : path_(::testing::TempDir() + "tw-recorded-" + std::to_string(::getpid()) + "-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }

  // The path of a new archive that holds `entries` (name, content).
  std::string Zip(const std::string& name,
                  const std::vector<std::pair<std::string, std::string>>& entries) const {
    const std::filesystem::path path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    EXPECT_NE(archive, nullptr) << code;
    for (const auto& [entry, content] : entries) {
      zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
      EXPECT_GE(zip_file_add(archive, entry.c_str(), source, 0), 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return path.string();
  }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

}  // namespace tw::recorded
