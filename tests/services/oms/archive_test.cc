// The engine with its archive on a real disk: what leaves memory can still be asked for, changed
// and repeated, and a start reads no more of the journal than it must.
#include "services/oms/archive.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/journal/posix_file.h"
#include "tests/services/oms/engine_fixture.h"

namespace tw::oms {
namespace {

namespace fs = std::filesystem;

class ArchiveTest : public testing::EngineTest {
 protected:
  ArchiveTest()
      : folder_((fs::path(::testing::TempDir()) /
                 ("archive-" + std::to_string(::getpid()) +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name()))
                    .string()) {
    fs::remove_all(folder_);
    options_.archive_folder = folder_;
    options_.archive_orders = 8;
    options_.archive_period = Duration();
  }
  ~ArchiveTest() override {
    engine_.reset();
    fs::remove_all(folder_);
  }

  v1::Order Filled(const std::string& key) {
    const v1::Order order = Accepted(key);
    Execute(v1::EXECUTION_KIND_ACCEPTED, order);
    Execute(v1::EXECUTION_KIND_FILLED, order, "1");
    return Get(order);
  }
  // Until all that is finished has left memory.
  void Archive() {
    for (int i = 0; i < 5000 && engine_->orders_in_memory() > engine_->open_orders(); ++i) {
      ASSERT_TRUE(engine_->Post(TickCommand{}, Lane::kPriority));
      ::usleep(1000);
    }
    ASSERT_EQ(engine_->orders_in_memory(), engine_->open_orders());
  }
  // As after kill -9: nothing is closed in order. The files are what the kernel has.
  void Crash() {
    const std::string copy = folder_ + ".copy";
    fs::remove_all(copy);
    fs::copy(folder_, copy, fs::copy_options::recursive);
    engine_.reset();
    fs::remove_all(folder_);
    fs::rename(copy, folder_);
    fs::remove(folder_ + "/lock.mdb");
  }
  std::vector<std::string> List(const std::string& after,
                                int limit,
                                const std::string& account = "") {
    v1::ListOrdersRequest request;
    request.set_after(after);
    request.set_limit(limit);
    request.set_account(account);
    std::vector<std::string> keys;
    requests_->List(request, [&](const auto& response) {
      ASSERT_TRUE(response.ok()) << response.status();
      for (const v1::Order& order : response->orders()) {
        keys.push_back(order.client_order_id());
      }
    });
    return keys;
  }
  std::vector<std::string> Fills(const v1::ListFillsRequest& request) {
    std::vector<std::string> ids;
    requests_->ListFills(request, [&](const auto& response) {
      ASSERT_TRUE(response.ok()) << response.status();
      for (const v1::Fill& fill : response->fills()) {
        ids.push_back(fill.fill_id());
      }
    });
    return ids;
  }

  const std::string folder_;
};

TEST_F(ArchiveTest, FinishedOrdersLeaveMemoryAndStayReadable) {
  Open();
  std::vector<v1::Order> orders;
  for (int i = 0; i < 40; ++i) {
    orders.push_back(Filled("f-" + std::to_string(i)));
  }
  const v1::Order open = Accepted("open");
  Archive();
  EXPECT_EQ(engine_->orders_in_memory(), 1U);
  EXPECT_EQ(engine_->archive()->orders(), 41U);
  for (const v1::Order& order : orders) {
    EXPECT_EQ(Get(order).SerializeAsString(), order.SerializeAsString());
  }
  EXPECT_EQ(Get(open).status(), v1::ORDER_STATUS_PENDING_NEW);
  EXPECT_EQ(engine_->orders_in_memory(), 1U) << "what was looked up goes again";
}

TEST_F(ArchiveTest, AKeyIsNeverForgotten) {
  Open();
  const v1::Order order = Filled("a");
  Archive();
  const auto again = Submit("a");
  ASSERT_TRUE(again->ok()) << again->status();
  EXPECT_EQ((*again)->order_id(), order.order_id());
  EXPECT_TRUE((*again)->duplicate());
  v1::SubmitOrderRequest other = Limit("a");
  other.set_quantity("2");
  absl::Status status;
  requests_->Submit(other, [&](const auto& result) { status = result.status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ArchiveTest, ListsAndFillsGoOverMemoryAndDiskAlike) {
  Open();
  std::vector<std::string> keys;
  for (int i = 0; i < 30; ++i) {
    keys.push_back("f-" + std::to_string(i));
    Filled(keys.back());
    if (i % 10 == 9) {
      keys.push_back("o-" + std::to_string(i));
      Accepted(keys.back());
      Archive();
    }
  }
  keys.push_back("last");
  const v1::Order last = Filled("last");
  EXPECT_EQ(List("0", 1000), keys);
  EXPECT_EQ(List("", 1000), keys);
  EXPECT_EQ(List("", 7), std::vector<std::string>(keys.end() - 7, keys.end()));
  EXPECT_EQ(List("0", 7), std::vector<std::string>(keys.begin(), keys.begin() + 7));
  EXPECT_TRUE(List("0", 1000, "nobody").empty());

  v1::ListFillsRequest all;
  all.set_limit(1000);
  all.set_after("0");
  const std::vector<std::string> ids = Fills(all);
  EXPECT_EQ(ids.size(), 31U);
  v1::ListFillsRequest newest;
  newest.set_limit(3);
  newest.set_account("demo");
  newest.set_symbol("BTCUSDT");
  EXPECT_EQ(Fills(newest), std::vector<std::string>(ids.end() - 3, ids.end()));
  v1::ListFillsRequest of_one;
  of_one.set_order_id(last.order_id());
  EXPECT_EQ(Fills(of_one), std::vector<std::string>{ids.back()});
  Archive();
  EXPECT_EQ(Fills(of_one), std::vector<std::string>{ids.back()});
  EXPECT_EQ(Fills(newest), std::vector<std::string>(ids.end() - 3, ids.end()));
  newest.set_symbol("IBM");
  EXPECT_TRUE(Fills(newest).empty());
}

TEST_F(ArchiveTest, ATradeOfAnArchivedOrderCanBeTakenBack) {
  Open();
  const v1::Order order = Filled("a");
  Archive();
  v1::RouteResponse response;
  v1::Execution& bust = *response.add_executions();
  bust.set_execution_sequence(++executions_);
  bust.set_kind(v1::EXECUTION_KIND_TRADE_BUSTED);
  bust.set_venue("PAPER");
  bust.set_venue_exec_id("bust");
  bust.set_original_venue_exec_id("2");
  bust.set_order_id(OrderId::Parse(order.order_id())->value());
  ASSERT_TRUE(engine_->Post(Executed{response}, Lane::kPriority));
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_CANCELED);
  Archive();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_CANCELED);
  EXPECT_EQ(Get(order).filled_quantity(), "0");
  Crash();
  Open();
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_CANCELED);
}

TEST_F(ArchiveTest, AStartReadsTheJournalFromWhereTheArchiveEnds) {
  Open();
  std::vector<v1::Order> orders;
  for (int i = 0; i < 40; ++i) {
    orders.push_back(Filled("f-" + std::to_string(i)));
  }
  const v1::Order open = Accepted("open");
  Execute(v1::EXECUTION_KIND_ACCEPTED, open);
  Archive();
  const uint64_t head = engine_->store().head();
  const uint64_t executions = engine_->execution_sequence();
  const uint32_t epoch = engine_->epoch();
  Crash();
  Open();
  EXPECT_LE(engine_->store().recovery().records, 8U) << "not the whole journal";
  EXPECT_EQ(engine_->store().head(), head);
  EXPECT_EQ(engine_->execution_sequence(), executions);
  EXPECT_EQ(engine_->epoch(), epoch + 1);
  EXPECT_EQ(engine_->open_orders(), 1U);
  EXPECT_EQ(engine_->orders_in_memory(), 1U);
  EXPECT_EQ(Get(orders[3]).SerializeAsString(), orders[3].SerializeAsString());
  EXPECT_EQ(Cancel(open)->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  // Events from before are read from the journal all the same.
  uint64_t next = 1;
  while (next <= head) {
    const auto page = engine_->store().Read(next, 7);
    ASSERT_FALSE(page.too_old);
    ASSERT_FALSE(page.events.empty());
    for (const auto& event : page.events) {
      ASSERT_EQ(event->sequence, next++);
    }
  }
}

TEST_F(ArchiveTest, WithoutItOrWithAnotherJournalsItIsMadeAnew) {
  Open();
  std::vector<v1::Order> orders;
  for (int i = 0; i < 300; ++i) {
    orders.push_back(Filled("f-" + std::to_string(i)));
  }
  Archive();
  const auto check = [&] {
    EXPECT_GE(engine_->store().recovery().records, 600U) << "the whole journal";
    EXPECT_LT(engine_->orders_in_memory(), 200U) << "what waits to be written is bounded";
    Archive();
    EXPECT_EQ(engine_->archive()->orders(), 300U);
    EXPECT_EQ(Get(orders[3]).SerializeAsString(), orders[3].SerializeAsString());
    EXPECT_TRUE((*Submit("f-7"))->duplicate());
  };
  engine_.reset();
  fs::remove_all(folder_);
  Open();
  check();

  // An archive that another journal has made.
  engine_.reset();
  const std::string kept = folder_ + ".kept";
  fs::remove_all(kept);
  fs::rename(folder_, kept);
  {
    journal::MemFileSystem other;
    options_.store.files = &other;
    Open();
    const v1::Order foreign = Accepted("foreign");
    (void)Cancel(foreign);
    engine_.reset();
    options_.store.files = &files_;
  }
  fs::remove_all(kept);
  executions_ = 600;
  Open();
  check();
  EXPECT_FALSE((*Submit("foreign")).ok()) << "nobody here knows it: risk is asked";
}

TEST_F(ArchiveTest, ACleanStopLeavesNothingToRead) {
  Open();
  Filled("a");
  Accepted("b");
  engine_.reset();
  Open();
  EXPECT_EQ(engine_->store().recovery().records, 0U);
  EXPECT_EQ(engine_->open_orders(), 1U);
}

TEST_F(ArchiveTest, WhereItCannotBeOpenedAllStaysInMemoryAndSaysSo) {
  fs::create_directories(fs::path(folder_).parent_path());
  std::ofstream(folder_) << "a file where the folder should be";
  Open();
  const v1::Order order = Filled("a");
  EXPECT_EQ(engine_->archive(), nullptr);
  EXPECT_NE(engine_->archive_fault(), "");
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_FILLED);
  engine_.reset();
  fs::remove_all(folder_);
  Open();
  EXPECT_EQ(engine_->archive_fault(), "");
  EXPECT_EQ(Get(order).status(), v1::ORDER_STATUS_FILLED);
}

TEST_F(ArchiveTest, WithoutAFolderAllStaysInMemory) {
  options_.archive_folder.clear();
  Open();
  Filled("a");
  ASSERT_TRUE(engine_->Post(TickCommand{}, Lane::kPriority));
  EXPECT_EQ(engine_->archive(), nullptr);
  EXPECT_EQ(engine_->orders_in_memory(), 1U);
}

}  // namespace
}  // namespace tw::oms
