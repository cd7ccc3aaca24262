#include "services/oms/kv_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::oms {
namespace {

namespace fs = std::filesystem;

class KvStoreTest : public ::testing::Test {
 protected:
  KvStoreTest()
      : folder_(fs::path(::testing::TempDir()) /
                ("kv-" + std::to_string(::getpid()) +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(folder_);
    options_.tables = {"a", "b"};
    options_.boot_id = "boot-1";
  }
  ~KvStoreTest() override { fs::remove_all(folder_); }

  std::unique_ptr<KvStore> Open() {
    auto store = KvStore::Open(folder_.string(), options_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static std::string Get(const KvStore& store, const std::string& key) {
    const KvStore::Read read(store);
    return std::string(read.Get(0, key).value_or("nothing"));
  }
  static void Put(KvStore& store, const std::string& key, const std::string& value) {
    KvStore::Write write(store);
    write.Put(0, key, value);
    ASSERT_TRUE(write.Commit().ok());
  }

  static std::pair<std::string, std::string> Entry(const KvStore::Cursor& cursor) {
    return {std::string(cursor.key()), std::string(cursor.value())};
  }

  const fs::path folder_;
  KvOptions options_;
};

TEST_F(KvStoreTest, WhatIsCommittedIsReadTogetherAndWhatIsNotIsNowhere) {
  const auto store = Open();
  Put(*store, "x", "1");
  const KvStore::Read before(*store);
  {
    KvStore::Write write(*store);
    write.Put(0, "x", "2");
    write.Put(1, "x", "other table");
    EXPECT_EQ(Get(*store, "x"), "1") << "not committed yet";
    ASSERT_TRUE(write.Commit().ok());
  }
  EXPECT_EQ(Get(*store, "x"), "2");
  EXPECT_EQ(before.Get(0, "x"), "1") << "a Read is one moment";
  {
    KvStore::Write dropped(*store);
    dropped.Put(0, "x", "3");
  }
  EXPECT_EQ(Get(*store, "x"), "2");
  EXPECT_EQ(store->Rows(0), 1U);
}

TEST_F(KvStoreTest, KeysNobodyCanHaveAreNotFoundAndNotWritten) {
  const auto store = Open();
  const std::string longest(KvStore::kKeyBytesMax, 'k');
  Put(*store, longest, "1");
  EXPECT_EQ(Get(*store, longest), "1");
  EXPECT_EQ(Get(*store, longest + "k"), "nothing");
  EXPECT_EQ(Get(*store, ""), "nothing");
  KvStore::Write write(*store);
  write.Put(0, longest + "k", "2");
  EXPECT_FALSE(write.Commit().ok());
}

TEST_F(KvStoreTest, WalksAsASortedMapWould) {
  const uint64_t seed = TestSeed();
  Prng rng(seed);
  const auto store = Open();
  std::map<std::string, std::string> twin;
  for (int round = 0; round < 200; ++round) {
    KvStore::Write write(*store);
    for (int i = 0; i < 20; ++i) {
      const std::string key = std::to_string(rng.Below(500));
      if (rng.Percent(30)) {
        write.Delete(0, key);
        twin.erase(key);
      } else {
        twin[key] = std::to_string(rng.Below(1'000'000));
        write.Put(0, key, twin[key]);
      }
    }
    ASSERT_TRUE(write.Commit().ok());
    const std::string from = std::to_string(rng.Below(500));
    const KvStore::Read read(*store);
    KvStore::Cursor cursor(read, 0);
    auto it = twin.lower_bound(from);
    for (bool found = cursor.Seek(from); found; found = cursor.Next(), ++it) {
      ASSERT_TRUE(it != twin.end());
      ASSERT_EQ(Entry(cursor), (std::pair(it->first, it->second))) << "seed " << seed;
    }
    ASSERT_TRUE(it == twin.end());
    it = twin.lower_bound(from);
    for (bool found = cursor.SeekBefore(from); found; found = cursor.Previous()) {
      ASSERT_TRUE(it != twin.begin());
      --it;
      ASSERT_EQ(Entry(cursor), (std::pair(it->first, it->second)));
    }
    ASSERT_TRUE(it == twin.begin());
  }
}

TEST_F(KvStoreTest, OutlivesTheProcessButAMachineThatWentDownOnlyWhenItWasClosed) {
  Put(*Open(), "x", "1");
  EXPECT_FALSE(fs::exists(folder_ / "unsynced")) << "closed: all of it is on disk";
  options_.boot_id = "boot-2";
  EXPECT_EQ(Get(*Open(), "x"), "1");

  // As a process leaves it that is killed.
  std::ofstream(folder_ / "unsynced") << "boot-2\n";
  EXPECT_EQ(Get(*Open(), "x"), "1") << "the kernel has it";
  std::ofstream(folder_ / "unsynced") << "boot-2\n";
  options_.boot_id = "boot-3";
  EXPECT_EQ(Get(*Open(), "x"), "nothing") << "nobody knows what of it reached the disk";
}

TEST_F(KvStoreTest, StartsEmptyWhereItsFileIsNone) {
  Put(*Open(), "x", "1");
  std::ofstream(folder_ / "data.mdb", std::ios::trunc) << std::string(20'000, '?');
  const auto store = Open();
  EXPECT_EQ(Get(*store, "x"), "nothing");
  Put(*store, "x", "2");
  EXPECT_EQ(Get(*store, "x"), "2");
}

TEST_F(KvStoreTest, AFullStoreSaysSoAndKeepsWhatItHas) {
  options_.bytes_max = 256 << 10;
  const auto store = Open();
  Put(*store, "x", "1");
  KvStore::Write write(*store);
  for (int i = 0; i < 1000; ++i) {
    write.Put(0, std::to_string(i), std::string(1000, 'v'));
  }
  EXPECT_EQ(write.Commit().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Get(*store, "x"), "1");
}

}  // namespace
}  // namespace tw::oms
