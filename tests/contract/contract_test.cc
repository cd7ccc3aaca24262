// Holds the protobuf package against the stored contract: what a client may rely on stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/contract/lines.h"

namespace tw::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

std::string ReadFile(const char* path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> Current() {
  google::protobuf::FileDescriptorSet files;
  EXPECT_TRUE(files.ParseFromString(ReadFile(TW_DESCRIPTORS)));
  return Describe(files);
}

TEST(ContractTest, NothingStoredWasRemovedRenumberedOrGivenAnotherType) {
  const std::vector<std::string> stored = ReadLines(ReadFile(TW_STORED_LINES));
  ASSERT_GT(stored.size(), 500U);
  const Comparison comparison = Compare(stored, Current());
  EXPECT_THAT(comparison.broken, IsEmpty())
      << "Clients rely on these. Bring them back and add the new thing under a new name and "
         "number.";
  for (const std::string& line : comparison.added) {
    std::cout << "not stored yet: " << line << '\n';
  }
  if (!comparison.added.empty()) {
    std::cout << "Additions are fine; make them part of the contract with tests/contract/update.\n";
  }
}

TEST(ContractTest, TheContractNamesWhatTheDesignFixes) {
  EXPECT_THAT(
      Current(),
      IsSupersetOf({"message SubmitOrderRequest", "field SubmitOrderRequest.symbol 2 string single",
                    "field Order.reject_reason 15 RejectReason single",
                    "field ListOrdersResponse.orders 1 Order repeated",
                    "field TradeCommand.submit 2 SubmitOrderRequest oneof:command",
                    "field Order.created_time 21 .google.protobuf.Timestamp single",
                    "field LedgerEvent.order_id 4 fixed64 single",
                    "enum OrderStatus.ORDER_STATUS_PENDING_NEW 1",
                    "rpc OrderService.SubmitOrder SubmitOrderRequest -> Order",
                    "rpc OrderService.TradeSession stream TradeSessionRequest -> "
                    "stream TradeSessionResponse"}));
}

TEST(CompareTest, TellsBreaksFromAdditions) {
  const std::vector<std::string> stored = ReadLines(
      "# note\n"
      "\n"
      "enum Side.SIDE_BUY 1\n"
      "field Order.id 1 string single\n"
      "message Order\n"
      "rpc S.Get A -> B\n");
  ASSERT_EQ(stored.size(), 4U);
  EXPECT_THAT(Compare(stored, stored).broken, IsEmpty());
  EXPECT_THAT(Compare(stored, stored).added, IsEmpty());

  struct Case {
    size_t line;
    std::string now;  // empty: removed
    std::string broken;
  };
  const Case cases[] = {
      {0, "", "enum Side.SIDE_BUY 1   is gone"},
      {0, "enum Side.SIDE_BUY 2", "enum Side.SIDE_BUY 1   is now   enum Side.SIDE_BUY 2"},
      {1, "", "field Order.id 1 string single   is gone"},
      {1, "field Order.id 2 string single",
       "field Order.id 1 string single   is now   field Order.id 2 string single"},
      {1, "field Order.id 1 uint64 single",
       "field Order.id 1 string single   is now   field Order.id 1 uint64 single"},
      {1, "field Order.id 1 string repeated",
       "field Order.id 1 string single   is now   field Order.id 1 string repeated"},
      {2, "", "message Order   is gone"},
      {3, "rpc S.Get A -> stream B", "rpc S.Get A -> B   is now   rpc S.Get A -> stream B"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> current = stored;
    current[c.line] = c.now.empty() ? "message New" : c.now;
    EXPECT_THAT(Compare(stored, current).broken, ElementsAre(c.broken));
  }

  std::vector<std::string> more = stored;
  more.push_back("field Order.new 2 string single");
  EXPECT_THAT(Compare(stored, more).broken, IsEmpty());
  EXPECT_THAT(Compare(stored, more).added, ElementsAre("field Order.new 2 string single"));
}

}  // namespace
}  // namespace tw::contract
