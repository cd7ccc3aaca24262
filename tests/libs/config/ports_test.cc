#include "libs/config/ports.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/libs/config/temp_file.h"

namespace tw::config {
namespace {

TEST(PortsTest, AreTheContractsAndDistinct) {
  EXPECT_EQ(HttpPort("gateway"), 8080);
  EXPECT_EQ(GrpcPort("gateway"), 50080);
  EXPECT_EQ(HttpPort("live-gateway"), 8200);
  EXPECT_EQ(GrpcPort("oms"), 50099);
  std::set<uint16_t> all = {kQuestDbHttp, kQuestDbPg};
  for (const ServicePorts& ports : kServices) {
    all.insert(ports.http);
    all.insert(ports.grpc);
  }
  EXPECT_EQ(all.size(), 2 * kServices.size() + 2);
}

TEST(PortsTest, AreShiftedTogether) {
  const ScopedEnvironment offset("TRADEWIND_PORT_OFFSET", "1000");
  EXPECT_EQ(HttpPort("oms"), 9099);
  EXPECT_EQ(PeerAddress("oms"), "127.0.0.1:51099");
  EXPECT_EQ(QuestDbHttp(), "127.0.0.1:10000");
  EXPECT_EQ(QuestDbPg(), "127.0.0.1:9812");
}

TEST(PortsTest, RefusesOffsetsOutOfRange) {
  for (const char* text : {"-1", "15001", "x", "1x", "99999999999"}) {
    const ScopedEnvironment offset("TRADEWIND_PORT_OFFSET", text);
    EXPECT_FALSE(PortOffset().ok()) << text;
  }
  for (const ServicePorts& ports : kServices) {
    EXPECT_LE(ports.grpc + kPortOffsetMax, 65'535);
  }
}

struct AddressCase {
  const char* variable;
  const char* value;
  const char* grpc;
  const char* http;
};

class PeerAddressTest : public ::testing::TestWithParam<AddressCase> {};

TEST_P(PeerAddressTest, FollowsTheEnvironment) {
  const ScopedEnvironment address(GetParam().variable, GetParam().value);
  EXPECT_EQ(PeerAddress("hot-cache"), GetParam().grpc);
  EXPECT_EQ(PeerHttpAddress("hot-cache"), GetParam().http);
}

INSTANTIATE_TEST_SUITE_P(
    Forms,
    PeerAddressTest,
    ::testing::Values(
        AddressCase{"TRADEWIND_OTHER_ADDRESS", "x", "127.0.0.1:50088", "127.0.0.1:8088"},
        AddressCase{"TRADEWIND_HOT_CACHE_ADDRESS", "cache", "cache:50088", "cache:8088"},
        AddressCase{"TRADEWIND_HOT_CACHE_ADDRESS", "cache:7", "cache:7", "cache:8088"},
        AddressCase{"TRADEWIND_HOT_CACHE_ADDRESS", "[::1]", "[::1]:50088", "[::1]:8088"},
        AddressCase{"TRADEWIND_HOT_CACHE_ADDRESS", "[::1]:7", "[::1]:7", "[::1]:8088"},
        AddressCase{"TRADEWIND_HOT_CACHE_HTTP_ADDRESS", "web:9", "127.0.0.1:50088", "web:9"}));

}  // namespace
}  // namespace tw::config
