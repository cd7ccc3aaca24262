#include "libs/http/guard.h"

#include <gtest/gtest.h>

namespace tw::http {
namespace {

TEST(HostNameTest, SplitsOffThePort) {
  EXPECT_EQ(HostName("localhost:8080"), "localhost");
  EXPECT_EQ(HostName("localhost"), "localhost");
  EXPECT_EQ(HostName("[::1]:80"), "[::1]");
  for (const char* text : {"", ":80", "a:", "a:x", "a:123456", "[::1", "a b", "u@h", "a/b"}) {
    EXPECT_EQ(HostName(text), std::nullopt) << text;
  }
}

struct Case {
  const char* method;
  NameValues headers;
  int local;   // status with the guard on, 0 for passed
  int remote;  // and off
};

class GuardTest : public ::testing::TestWithParam<Case> {};

TEST_P(GuardTest, LetsThroughOnlyOwnPages) {
  Request request;
  request.method = GetParam().method;
  request.headers = GetParam().headers;
  Options options;
  options.allowed_hosts = {"oms"};
  const auto local = Guard(options, request);
  EXPECT_EQ(local ? local->status : 0, GetParam().local);
  options.local_guard = false;
  const auto remote = Guard(options, request);
  EXPECT_EQ(remote ? remote->status : 0, GetParam().remote);
}

const std::pair<std::string, std::string> kLocal = {"Host", "localhost:8080"};
const std::pair<std::string, std::string> kJson = {"Content-Type", "application/json"};

INSTANTIATE_TEST_SUITE_P(
    Requests,
    GuardTest,
    ::testing::Values(
        Case{"GET", {kLocal}, 0, 0},
        Case{"GET", {{"Host", "127.0.0.1"}}, 0, 0},
        Case{"GET", {{"host", "[::1]:8080"}}, 0, 0},
        Case{"GET", {{"Host", "LOCALHOST"}}, 0, 0},
        Case{"GET", {{"Host", "oms:8099"}}, 0, 0},
        Case{"GET", {}, 400, 400},
        Case{"GET", {kLocal, {"Host", "localhost"}}, 400, 400},
        Case{"GET", {{"Host", "a b"}}, 400, 400},
        Case{"GET", {{"Host", "evil.example"}}, 403, 0},
        Case{"GET", {{"Host", "localhost.evil.example"}}, 403, 0},
        Case{"GET", {{"Host", "127.0.0.1.nip.io"}}, 403, 0},
        Case{"GET", {kLocal, {"Origin", "http://localhost:5173"}}, 0, 0},
        Case{"GET", {kLocal, {"Origin", "https://evil.example"}}, 403, 403},
        Case{"GET", {kLocal, {"Origin", "null"}}, 403, 403},
        Case{"GET", {kLocal, {"Origin", "file://localhost"}}, 403, 403},
        Case{"POST", {kLocal, kJson}, 0, 0},
        Case{"POST", {kLocal, {"content-type", "Application/JSON ; charset=utf-8"}}, 0, 0},
        Case{"POST", {kLocal}, 415, 0},
        Case{"POST", {kLocal, {"Content-Type", "text/plain"}}, 415, 0},
        Case{"POST", {kLocal, {"Content-Type", "application/jsonp"}}, 415, 0},
        Case{"POST", {kLocal, {"Content-Type", "text/csv"}}, 0, 0},
        Case{"POST", {kLocal, {"Content-Type", "application/x-ndjson"}}, 0, 0},
        Case{"DELETE", {kLocal}, 415, 0},
        Case{"HEAD", {kLocal}, 0, 0},
        Case{"OPTIONS", {kLocal}, 0, 0},
        Case{"POST", {kLocal, kJson, {"Origin", "http://evil.example"}}, 403, 403}));

}  // namespace
}  // namespace tw::http
