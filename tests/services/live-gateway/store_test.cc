// ExecutionStore: what is synced can be read from any number, from memory and from disk.
#include "services/live-gateway/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tw::live_gateway {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  ~StoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ExecutionStore> Open() {
    records_ = 0;
    auto store = ExecutionStore::Open(folder_, [this](const v1::VenueRecord&) {
      ++records_;
      return absl::OkStatus();
    });
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  // One record of executions [from, to].
  static v1::VenueRecord Record(uint64_t from, uint64_t to) {
    v1::VenueRecord record;
    for (uint64_t i = from; i <= to; ++i) {
      record.add_reports()->mutable_execution()->set_execution_sequence(i);
    }
    return record;
  }

  const std::string folder_ =
      ::testing::TempDir() + "tw-execution-store-" + std::to_string(::getpid());
  size_t records_ = 0;
};

TEST_F(StoreTest, NothingIsReadableBeforeItsSync) {
  const auto store = Open();
  ASSERT_TRUE(store->Append(Record(1, 3)).ok());
  EXPECT_EQ(store->head(), 0U);
  EXPECT_TRUE(store->Read(1, 10).events.empty());
  ASSERT_TRUE(store->Sync().ok());
  EXPECT_EQ(store->head(), 3U);
  EXPECT_EQ(store->Read(2, 10).events.size(), 2U);
}

// More than memory holds, in records of uneven size with others between them, over a restart.
TEST_F(StoreTest, ReadsFromEveryNumberAfterARestart) {
  constexpr uint64_t kLast = 40'000;
  {
    const auto store = Open();
    uint64_t next = 1;
    for (uint64_t size = 1; next <= kLast; size = size % 97 + 1) {
      const uint64_t to = std::min(kLast, next + size - 1);
      ASSERT_TRUE(store->Append(Record(next, to)).ok());
      v1::VenueRecord other;
      other.mutable_panic_state()->set_engaged(true);
      ASSERT_TRUE(store->Append(other).ok());
      next = to + 1;
    }
    ASSERT_TRUE(store->Sync().ok());
  }
  const auto store = Open();
  EXPECT_GT(records_, 800U);
  EXPECT_EQ(store->head(), kLast);
  ASSERT_TRUE(store->Append(Record(kLast + 1, kLast + 5)).ok());
  ASSERT_TRUE(store->Sync().ok());
  for (uint64_t from = 1; from <= kLast; from += 997) {
    uint64_t next = from;
    for (int pages = 0; pages < 3; ++pages) {
      const auto page = store->Read(next, 512);
      ASSERT_FALSE(page.too_old);
      EXPECT_EQ(page.head, kLast + 5);
      for (const auto& execution : page.events) {
        ASSERT_EQ(execution->execution_sequence(), next++);
      }
    }
    EXPECT_EQ(next, std::min(from + 3 * 512, kLast + 6));
  }
}

}  // namespace
}  // namespace tw::live_gateway
