// Journals that earlier versions wrote, in data/ledger-N: today's oms reads them, and makes of them
// what those versions made of them. A release that changes what is written adds one, by
// TRADEWIND_WRITE_FIXTURE=tests/services/oms/data/ledger-N and this test; none is ever changed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/journal/posix_file.h"
#include "tests/services/oms/engine_fixture.h"

namespace tw::oms {
namespace {

namespace fs = std::filesystem;

class FormatTest : public testing::EngineTest {
 protected:
  FormatTest()
      : folder_(fs::path(::testing::TempDir()) / ("format-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    options_.store.files = &disk_;
  }
  ~FormatTest() override {
    engine_.reset();
    fs::remove_all(folder_);
  }

  void OpenIn(const fs::path& folder) {
    engine_ = std::make_unique<Engine>(
        options_, *clock_, OmsMetrics(registry_), [] {},
        [](const absl::Status& status) { FAIL() << status; });
    engine_->Connect(&gate_, &execution_);
    engine_->SetMarket(&watch_, Sessions());
    const absl::Status opened = engine_->Open(folder.string());
    ASSERT_TRUE(opened.ok()) << opened;
    requests_ = std::make_unique<Requests>(*engine_);
    v1::RouteResponse caught_up;
    caught_up.set_caught_up(true);
    ASSERT_TRUE(engine_->Post(Executed{caught_up}));
  }
  // All orders, a line each: of what no later version may read otherwise.
  std::string Orders() {
    std::string lines;
    v1::ListOrdersRequest request;
    request.set_after("0");
    request.set_limit(1000);
    requests_->List(request, [&](const auto& response) {
      ASSERT_TRUE(response.ok()) << response.status();
      for (const v1::Order& order : response->orders()) {
        for (const std::string& word :
             {order.order_id(), order.client_order_id(), order.account(), order.symbol(),
              v1::Side_Name(order.side()), v1::OrderType_Name(order.type()),
              v1::TimeInForce_Name(order.time_in_force()), order.quantity(), order.price(),
              v1::OrderStatus_Name(order.status()), order.filled_quantity(),
              order.average_fill_price(), order.leaves_quantity(), order.canceled_quantity(),
              order.venue(), std::to_string(order.sequence())}) {
          lines += word + " ";
        }
        lines.back() = '\n';
      }
    });
    return lines;
  }

  // Something of each kind of event, over two epochs.
  void Write(const fs::path& folder) {
    OpenIn(folder);
    const v1::Order filled = Accepted("filled");
    Execute(v1::EXECUTION_KIND_ACCEPTED, filled);
    Execute(v1::EXECUTION_KIND_FILLED, filled, "0.25");
    Execute(v1::EXECUTION_KIND_FILLED, filled, "0.75");
    const v1::Order busted = Accepted("busted");
    Execute(v1::EXECUTION_KIND_ACCEPTED, busted);
    Execute(v1::EXECUTION_KIND_FILLED, busted, "1");
    const std::string original = std::to_string(executions_);
    v1::Execution bust = NextExecution(v1::EXECUTION_KIND_TRADE_BUSTED, busted);
    bust.set_original_venue_exec_id(original);
    Report(bust);
    const v1::Order canceled = Accepted("canceled");
    Execute(v1::EXECUTION_KIND_ACCEPTED, canceled);
    Execute(v1::EXECUTION_KIND_FILLED, canceled, "0.5");
    (void)Cancel(canceled);
    Execute(v1::EXECUTION_KIND_CANCELED, canceled);
    const v1::Order refused = Accepted("refused-by-the-venue");
    Execute(v1::EXECUTION_KIND_REJECTED, refused);
    engine_.reset();
    OpenIn(folder);
    const v1::Order open = Accepted("open");
    Execute(v1::EXECUTION_KIND_ACCEPTED, open);
    const v1::Order canceling = Accepted("canceling");
    Execute(v1::EXECUTION_KIND_ACCEPTED, canceling);
    (void)Cancel(canceling);
    KillCommand kill;
    kill.kill.set_generation(3);
    kill.answer = [](const auto&) {};
    ASSERT_TRUE(engine_->Post(std::move(kill), Lane::kPriority));
  }

  journal::PosixFileSystem disk_;
  const fs::path folder_;
};

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_F(FormatTest, WhatEarlierVersionsWroteIsReadAsTheyMeantIt) {
  if (const char* const wanted = std::getenv("TRADEWIND_WRITE_FIXTURE"); wanted != nullptr) {
    const fs::path target(wanted);
    ASSERT_FALSE(fs::exists(target)) << "fixtures are never changed";
    fs::create_directories(target);
    Write(folder_);
    std::ofstream(target / "orders.txt") << Orders();
    engine_.reset();
    std::string bytes = ReadAll(folder_ / "00000001.journal");
    bytes.resize(bytes.find_last_not_of('\0') + 1);
    std::ofstream(target / "00000001.journal", std::ios::binary) << bytes;
  }
  size_t fixtures = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(TW_SOURCE_DIR) / "tests/services/oms/data")) {
    SCOPED_TRACE(entry.path().string());
    ++fixtures;
    for (const bool with_index : {false, true}) {
      fs::remove_all(folder_);
      fs::create_directories(folder_);
      fs::copy_file(entry.path() / "00000001.journal", folder_ / "00000001.journal");
      options_.archive_folder = with_index ? (folder_ / "index").string() : "";
      OpenIn(folder_);
      EXPECT_EQ(Orders(), ReadAll(entry.path() / "orders.txt"));
      EXPECT_EQ(engine_->open_orders(), 2U);
      engine_.reset();
      OpenIn(folder_);  // and once more, from what today's version has added
      EXPECT_EQ(Orders(), ReadAll(entry.path() / "orders.txt"));
      engine_.reset();
    }
  }
  EXPECT_GE(fixtures, 1U);
}

}  // namespace
}  // namespace tw::oms
