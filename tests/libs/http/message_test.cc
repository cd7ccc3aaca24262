#include "libs/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(PercentDecodeTest, ReadsEscapes) {
  EXPECT_EQ(*PercentDecode("a%20b%2Fc+d", false), "a b/c+d");
  EXPECT_EQ(*PercentDecode("a+b%2B", true), "a b+");
  EXPECT_EQ(*PercentDecode("", false), "");
}

TEST(PercentDecodeTest, RefusesBrokenOnes) {
  for (const char* text : {"%", "%4", "%zz", "a%", "%00", "%4g"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PercentDecode(text, false).status())) << text;
  }
  const std::string_view nul("a\0b", 3);
  EXPECT_TRUE(absl::IsInvalidArgument(PercentDecode(nul, false).status()));
}

TEST(PercentEncodeTest, ReadsBack) {
  std::string all;
  for (int c = 1; c < 256; ++c) {
    all += static_cast<char>(c);
  }
  EXPECT_EQ(*PercentDecode(PercentEncode(all), false), all);
  EXPECT_EQ(PercentEncode("a-b_c.d~/ "), "a-b_c.d~%2F%20");
}

TEST(ParseQueryTest, KeepsOrderAndRepeats) {
  EXPECT_THAT(*ParseQuery("a=1&b=x%20y&a=2&c&=d&&e="),
              ElementsAre(Pair("a", "1"), Pair("b", "x y"), Pair("a", "2"), Pair("c", ""),
                          Pair("", "d"), Pair("e", "")));
  EXPECT_TRUE(ParseQuery("")->empty());
}

TEST(ParseQueryTest, IsBounded) {
  std::string text;
  for (int i = 0; i < 101; ++i) {
    text += "a=1&";
  }
  EXPECT_FALSE(ParseQuery(text).ok());
  EXPECT_FALSE(ParseQuery("a=%q").ok());
}

TEST(RequestTest, FindsByName) {
  Request request;
  request.params = {{"id", "3-7"}};
  request.query = {{"limit", "5"}, {"limit", "6"}};
  request.headers = {{"Content-Type", "x"}};
  EXPECT_EQ(request.Param("id"), "3-7");
  EXPECT_EQ(request.Param("no"), "");
  EXPECT_EQ(request.Query("limit"), "5");
  EXPECT_FALSE(request.Query("Limit").has_value());
  EXPECT_EQ(request.Header("content-type"), "x");
}

TEST(JsonErrorTest, EscapesAndLeavesOutAnEmptyField) {
  EXPECT_EQ(JsonError(400, "X", "a \"b\"").body, R"({"code":"X","message":"a \"b\""})");
  EXPECT_EQ(JsonError(400, "X", "m", "price").body,
            R"({"code":"X","message":"m","field":"price"})");
  EXPECT_EQ(JsonError(400, "X", "\xff").body, "{\"code\":\"X\",\"message\":\"\xEF\xBF\xBD\"}");
}

struct CodeCase {
  absl::StatusCode code;
  int status;
};

class ErrorResponseTest : public ::testing::TestWithParam<CodeCase> {};

TEST_P(ErrorResponseTest, MapsTheCode) {
  const Response response = ErrorResponse(absl::Status(GetParam().code, "why"));
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_THAT(response.body, ::testing::HasSubstr(absl::StatusCodeToString(GetParam().code)));
  EXPECT_EQ(response.Header("retry-after").has_value(),
            GetParam().status == 429 || GetParam().status == 503);
}

INSTANTIATE_TEST_SUITE_P(Codes,
                         ErrorResponseTest,
                         ::testing::Values(CodeCase{absl::StatusCode::kInvalidArgument, 400},
                                           CodeCase{absl::StatusCode::kOutOfRange, 400},
                                           CodeCase{absl::StatusCode::kUnauthenticated, 401},
                                           CodeCase{absl::StatusCode::kPermissionDenied, 403},
                                           CodeCase{absl::StatusCode::kNotFound, 404},
                                           CodeCase{absl::StatusCode::kAlreadyExists, 409},
                                           CodeCase{absl::StatusCode::kFailedPrecondition, 409},
                                           CodeCase{absl::StatusCode::kResourceExhausted, 429},
                                           CodeCase{absl::StatusCode::kInternal, 500},
                                           CodeCase{absl::StatusCode::kUnimplemented, 501},
                                           CodeCase{absl::StatusCode::kUnavailable, 503},
                                           CodeCase{absl::StatusCode::kDeadlineExceeded, 504}));

TEST(WithFieldTest, NamesTheField) {
  const absl::Status status = WithField(absl::InvalidArgumentError("is negative"), "price");
  EXPECT_EQ(ErrorResponse(status).body,
            R"({"code":"INVALID_ARGUMENT","message":"is negative","field":"price"})");
}

}  // namespace
}  // namespace tw::http
