#include "services/ptrc/reports.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tw::ptrc {
namespace {

class ReportsTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ =
      ::testing::TempDir() + "tw-ptrc-reports-" + std::to_string(::getpid());
};

TEST_F(ReportsTest, AreThereAfterARestart) {
  {
    Reports reports(folder_);
    ASSERT_TRUE(reports.Load().ok());
    EXPECT_EQ(*reports.Write("trades", "a,b\r\n"), "trades-1");
    EXPECT_EQ(*reports.Write("breaks", "c\r\n"), "breaks-2");
  }
  std::ofstream(folder_ + "/trades-9.csv.partial") << "half of it";
  Reports reports(folder_);
  ASSERT_TRUE(reports.Load().ok());
  EXPECT_EQ(*reports.Read("trades-1"), "a,b\r\n");
  EXPECT_EQ(*reports.Read("breaks-2"), "c\r\n");
  EXPECT_EQ(reports.size(), 2u);
  EXPECT_EQ(*reports.Write("trades", "d\r\n"), "trades-3");
}

TEST_F(ReportsTest, TheOldestLeaves) {
  Reports reports(folder_, 2);
  ASSERT_TRUE(reports.Load().ok());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(reports.Write("trades", "x").ok());
  }
  EXPECT_TRUE(absl::IsNotFound(reports.Read("trades-1").status()));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/trades-1.csv"));
  EXPECT_TRUE(reports.Read("trades-3").ok());
}

TEST_F(ReportsTest, AnIdIsNoPath) {
  Reports reports(folder_);
  ASSERT_TRUE(reports.Load().ok());
  std::ofstream(folder_ + "/../tw-secret.csv") << "secret";
  EXPECT_TRUE(absl::IsNotFound(reports.Read("../tw-secret").status()));
  std::filesystem::remove(folder_ + "/../tw-secret.csv");
}

}  // namespace
}  // namespace tw::ptrc
