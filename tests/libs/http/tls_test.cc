// HTTPS: who is let in with which certificate, and that new ones are taken without a restart.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "libs/http/client.h"
#include "libs/http/server.h"
#include "libs/testing/certificates.h"

namespace tw::http {
namespace {

constexpr Duration kPatience = Duration::Seconds(10);

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ours_.Make("oms");
    ours_.Make("gateway");
    theirs_.Make("gateway");
  }
  void Serve(const TlsFiles& files) {
    Options options;
    options.tls = files;
    server_ = std::make_unique<Server>(options);
    server_->Get("/hello", [](const Request&) { return Json("\"hello\""); });
    const absl::Status started = server_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  absl::StatusOr<Response> Ask(const TlsFiles& files) {
    return Client("127.0.0.1:" + std::to_string(server_->port()), {.tls = files})
        .Fetch("GET", "/hello", "", kPatience);
  }

  tw::testing::Certificates ours_{"ours"};
  tw::testing::Certificates theirs_{"theirs"};
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, AnInnerServiceTakesWhoeverHasACertificateOfOurAuthority) {
  Serve(ours_.Files("oms"));
  const auto answer = Ask(ours_.Files("gateway"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "\"hello\"");
  EXPECT_FALSE(Ask(ours_.Authority()).ok()) << "no certificate";
  EXPECT_FALSE(Ask({}).ok()) << "plain text";
  TlsFiles forged = theirs_.Files("gateway");
  forged.authority = ours_.Files("gateway").authority;
  EXPECT_FALSE(Ask(forged).ok()) << "signed by somebody else";
}

TEST_F(TlsTest, ThePublicDoorShowsItsOwnAndAsksForNone) {
  Serve(ours_.Files("oms", /*both_sides=*/false));
  EXPECT_TRUE(Ask(ours_.Authority()).ok());
  EXPECT_FALSE(Ask(theirs_.Authority()).ok()) << "an authority that the client does not know";
}

TEST_F(TlsTest, ARenewedCertificateIsTakenWithoutARestart) {
  Serve(theirs_.Files("gateway", /*both_sides=*/false));
  EXPECT_FALSE(Ask(ours_.Authority()).ok());
  // Now one that the client does know, in the place of the other.
  const TlsFiles served = theirs_.Files("gateway");
  const TlsFiles better = ours_.Files("oms");
  std::filesystem::copy_file(better.key, served.key,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(better.certificate, served.certificate,
                             std::filesystem::copy_options::overwrite_existing);
  bool taken = false;
  for (int i = 0; i < 300 && !taken; ++i) {
    taken = Ask(ours_.Authority()).ok();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE(taken);
}

TEST_F(TlsTest, AServerWithoutItsFilesDoesNotStart) {
  Options options;
  options.tls = ours_.Files("nobody");
  EXPECT_TRUE(absl::IsFailedPrecondition(Server(options).Start()));
}

}  // namespace
}  // namespace tw::http
