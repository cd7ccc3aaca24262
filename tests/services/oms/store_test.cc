// What is older than the events in memory is read from the journal, as it was written, at a cost
// that does not depend on how little a reader asks for at a time.
#include "services/oms/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "libs/journal/mem_file.h"

namespace tw::oms {
namespace {

constexpr uint64_t kEvents = 120'000;
constexpr uint64_t kInMemory = 65'536;
constexpr uint64_t kInGroup = 4'000;  // events that one sync makes durable

// Counts what is read of the files behind it.
class CountingFiles : public journal::FileSystem {
 public:
  absl::Status CreateDirectory(const std::string& path) override {
    return files_.CreateDirectory(path);
  }
  absl::StatusOr<std::unique_ptr<journal::File>> Open(const std::string& path,
                                                      journal::OpenMode mode) override {
    auto file = files_.Open(path, mode);
    if (!file.ok()) {
      return file.status();
    }
    return std::unique_ptr<journal::File>(new Counting(*std::move(file), read_));
  }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    return files_.List(directory);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return files_.Rename(from, to);
  }
  absl::Status Remove(const std::string& path) override { return files_.Remove(path); }
  absl::Status SyncDirectory(const std::string& directory) override {
    return files_.SyncDirectory(directory);
  }
  absl::StatusOr<std::unique_ptr<journal::DirectoryLock>> Lock(
      const std::string& directory) override {
    return files_.Lock(directory);
  }

  uint64_t TakeRead() { return read_.exchange(0); }

 private:
  class Counting : public journal::File {
   public:
    Counting(std::unique_ptr<journal::File> file, std::atomic<uint64_t>& read)
        : file_(std::move(file)), read_(read) {}
    absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
      return file_->WriteAt(offset, bytes);
    }
    absl::Status Sync() override { return file_->Sync(); }
    absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t n) const override {
      const absl::StatusOr<size_t> got = file_->ReadAt(offset, out, n);
      read_ += got.value_or(0);
      return got;
    }
    absl::Status Truncate(uint64_t size) override { return file_->Truncate(size); }
    absl::Status Preallocate(uint64_t size) override { return file_->Preallocate(size); }
    absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }

   private:
    const std::unique_ptr<journal::File> file_;
    std::atomic<uint64_t>& read_;
  };

  journal::MemFileSystem files_;
  std::atomic<uint64_t> read_ = 0;
};

PackedEvent Event(uint64_t sequence) {
  v1::LedgerEvent event;
  event.set_sequence(sequence);
  event.set_time_ns(static_cast<int64_t>(sequence) * 1'000);
  event.set_account("account-" + std::to_string(sequence % 7));
  auto packed = Repack(event.SerializeAsString());
  EXPECT_TRUE(packed.ok());
  return *std::move(packed);
}

// Each way in which an event with a risk decision may lie in the journal, and what is read of it.
TEST(RepackTest, AnEventIsTheSameHoweverItWasWritten) {
  v1::LedgerEvent plain;
  plain.set_sequence(300);
  plain.set_time_ns(-5);
  plain.set_kind(v1::ORDER_EVENT_KIND_FILLED);
  plain.set_account("desk");
  plain.set_requested_price_e8(7);
  v1::LedgerEvent decision;
  decision.mutable_risk()->set_message("enough");
  decision.mutable_risk()->set_limits_version(12);
  v1::LedgerEvent checks;
  checks.mutable_risk()->add_checks()->set_limit_e8(10);
  checks.mutable_risk()->add_checks()->set_limit_e8(20);
  const std::string p = plain.SerializeAsString();
  const std::string d = decision.SerializeAsString();
  const std::string c = checks.SerializeAsString();
  v1::LedgerEvent whole;
  ASSERT_TRUE(whole.ParseFromString(p + d + c));

  for (const std::string& bytes :
       {p + d + c, whole.SerializeAsString(), c + d + p, d + c + p, p + c + d}) {
    const auto packed = Repack(bytes);
    ASSERT_TRUE(packed.ok());
    EXPECT_EQ(packed->sequence, 300u);
    EXPECT_EQ(packed->time_ns, -5);
    EXPECT_TRUE(packed->is_booked);
    EXPECT_EQ(packed->Unpack().SerializeAsString(), whole.SerializeAsString());
    v1::LedgerEvent without;
    ASSERT_TRUE(without.ParseFromString(std::string(packed->plain())));
    EXPECT_EQ(without.risk().message(), "enough");
    EXPECT_TRUE(without.risk().checks().empty());
    EXPECT_EQ(without.requested_price_e8(), 7);
  }
  for (const std::string& bytes : {p, p + d}) {
    const auto packed = Repack(bytes);
    ASSERT_TRUE(packed.ok());
    EXPECT_EQ(packed->bytes, bytes);
    EXPECT_EQ(packed->plain(), bytes);
  }
}

TEST(RepackTest, NoEventIsMadeOfDamagedBytes) {
  v1::LedgerEvent event;
  event.set_sequence(300);
  event.set_account("desk");
  event.mutable_risk()->set_message("enough");
  event.mutable_risk()->add_checks()->set_limit_e8(10);
  const std::string bytes = event.SerializeAsString();
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    v1::LedgerEvent whole;
    const std::string part = bytes.substr(0, cut);
    EXPECT_EQ(Repack(part).ok(), whole.ParseFromString(part)) << cut;
  }
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    StoreOptions options;
    options.files = &files_;
    StoreReplay replay;
    replay.on_record = [](const v1::LedgerRecord&) { return absl::OkStatus(); };
    auto store = LedgerStore::Open(options, "ledger", replay);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    uint64_t sequence = 0;
    while (sequence < kEvents) {
      std::vector<PackedEvent> record;
      for (uint64_t i = 0; i <= sequence % 3; ++i) {
        record.push_back(Event(++sequence));
      }
      bytes_ += record.size() * record.front().bytes.size();
      EXPECT_TRUE(store_->Append(std::move(record)).ok());
      if (sequence / kInGroup != (sequence - 3) / kInGroup) {
        EXPECT_TRUE(store_->Sync().ok());
      }
    }
    EXPECT_TRUE(store_->Sync().ok());
    files_.TakeRead();
  }

  // As one reader does: from `from` up to what is in memory. How many events it got.
  uint64_t ReadUp(uint64_t from, size_t max) {
    uint64_t next = from;
    while (next <= kEvents - kInMemory) {
      const stream::Page<PackedEvent> page = store_->Read(next, max);
      EXPECT_FALSE(page.too_old);
      EXPECT_LE(page.events.size(), max);
      if (page.events.empty()) {
        ADD_FAILURE() << "nothing from " << next;
        break;
      }
      for (const auto& event : page.events) {
        EXPECT_EQ(event->bytes, Event(next).bytes);
        ++next;
      }
    }
    return next - from;
  }

  CountingFiles files_;
  std::unique_ptr<LedgerStore> store_;
  uint64_t bytes_ = 0;  // of all events, about
};

TEST_F(StoreTest, ASlowReaderGetsAllThatMemoryNoLongerHolds) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  EXPECT_GE(ReadUp(1, 512), kEvents - kInMemory);
  for (int i = 0; i < 20; ++i) {
    ReadUp(1 + random() % (kEvents - kInMemory), 1 + random() % 10'000);
  }
}

TEST_F(StoreTest, RecentEventsAreReadWithoutTheDisk) {
  const stream::Page<PackedEvent> old = store_->ReadRecent(1, 512);
  EXPECT_TRUE(old.events.empty());
  EXPECT_FALSE(old.too_old);
  EXPECT_EQ(old.head, kEvents);
  EXPECT_EQ(store_->ReadRecent(kEvents - 10, 512).events.size(), 11u);
  EXPECT_EQ(files_.TakeRead(), 0u);
}

TEST_F(StoreTest, AGroupIsNotReadAnewForEachPage) {
  ReadUp(1, 64);  // sixty pages from each group
  EXPECT_LT(files_.TakeRead(), 2 * bytes_);
}

TEST_F(StoreTest, ReadersThatAreAsFarBehindReadTogether) {
  ReadUp(1, 1024);
  const uint64_t alone = files_.TakeRead();
  for (uint64_t next = 1; next <= kEvents - kInMemory; next += 512) {
    for (int reader = 0; reader < 6; ++reader) {
      EXPECT_EQ(store_->Read(next, 512).events.front()->sequence, next);
    }
  }
  EXPECT_LE(files_.TakeRead(), alone + alone / 10);
}

TEST_F(StoreTest, ReadersOnManyThreads) {
  std::vector<std::thread> readers;
  for (uint64_t from = 1; from < 6; ++from) {
    readers.emplace_back([this, from] { ReadUp(from * 9'000, 300); });
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
}

}  // namespace
}  // namespace tw::oms
