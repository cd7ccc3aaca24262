// gRPC over TLS: an inner service takes its own kind and nobody else.
#include <gtest/gtest.h>

#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/testing/certificates.h"
#include "tradewind/v1/order.pb.h"

namespace tw::rpc {
namespace {

class RpcTlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ours_.Make("oms");
    ours_.Make("gateway");
    theirs_.Make("gateway");
  }
  void Serve(const TlsFiles& files) {
    ServerOptions options;
    options.tls = files;
    options.socket = ::testing::TempDir() + "tw-tls-" + std::to_string(::getpid()) + ".sock";
    socket_ = options.socket;
    server_ = std::make_unique<Server>(options);
    Service orders("tradewind.v1.OrderService");
    orders.Unary<v1::GetOrderRequest, v1::Order>(
        "GetOrder",
        [](const v1::GetOrderRequest&, const Reply<v1::Order>& reply) { reply.Ok(v1::Order()); });
    server_->Add(orders);
    ASSERT_TRUE(server_->Start().ok());
  }
  absl::Status Ask(const TlsFiles& files, const std::string& address = "") {
    ChannelOptions options;
    options.tls = files;
    return Channel::Create(
               address.empty() ? "127.0.0.1:" + std::to_string(server_->port()) : address, options)
        ->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder", v1::GetOrderRequest(),
                              Duration::Seconds(10))
        .status();
  }

  tw::testing::Certificates ours_{"ours-rpc"};
  tw::testing::Certificates theirs_{"theirs-rpc"};
  std::string socket_;
  std::unique_ptr<Server> server_;
};

TEST_F(RpcTlsTest, PlainAndUncertifiedConnectionsAreRefused) {
  Serve(ours_.Files("oms"));
  EXPECT_TRUE(Ask(ours_.Files("gateway")).ok()) << Ask(ours_.Files("gateway"));
  EXPECT_FALSE(Ask({}).ok()) << "plain text";
  EXPECT_FALSE(Ask(ours_.Authority()).ok()) << "no certificate";
  TlsFiles forged = theirs_.Files("gateway");
  forged.authority = ours_.Files("gateway").authority;
  EXPECT_FALSE(Ask(forged).ok()) << "signed by somebody else";
  EXPECT_TRUE(Ask({}, "unix:" + socket_).ok()) << "whose folder is nobody else's";
}

TEST_F(RpcTlsTest, ThePublicDoorAsksForNoCertificate) {
  Serve(ours_.Files("oms", /*both_sides=*/false));
  EXPECT_TRUE(Ask(ours_.Authority()).ok()) << Ask(ours_.Authority());
  EXPECT_FALSE(Ask(theirs_.Authority()).ok());
}

}  // namespace
}  // namespace tw::rpc
