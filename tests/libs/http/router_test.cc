#include "libs/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Router MakeRouter() {
  Router router;
  for (const auto& [method, pattern] :
       {std::pair{"GET", "/"}, std::pair{"GET", "/orders"}, std::pair{"POST", "/orders"},
        std::pair{"GET", "/orders/{id}"}, std::pair{"DELETE", "/orders/{id}"},
        std::pair{"GET", "/orders/open"}, std::pair{"GET", "/orders/{id}/fills"},
        std::pair{"POST", "/check"}, std::pair{"GET", "/{path*}"}}) {
    router.Add({method, {}, [](const Request&, const Responder&) {}, nullptr, pattern});
  }
  return router;
}

struct Case {
  const char* method;
  const char* path;
  const char* pattern;  // "" when none fits
  const char* allow;
};

class RouterTest : public ::testing::TestWithParam<Case> {};

TEST_P(RouterTest, FindsTheClosest) {
  const Router router = MakeRouter();
  const auto match = router.Find(GetParam().method, GetParam().path);
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_EQ(match->entry == nullptr ? "" : match->entry->pattern, GetParam().pattern);
  EXPECT_EQ(match->allow, GetParam().allow);
}

INSTANTIATE_TEST_SUITE_P(
    Paths,
    RouterTest,
    ::testing::Values(Case{"GET", "/", "/", ""},
                      Case{"GET", "/orders", "/orders", ""},
                      Case{"GET", "/orders/", "/orders", ""},
                      Case{"HEAD", "/orders", "/orders", ""},
                      Case{"POST", "/orders", "/orders", ""},
                      Case{"GET", "/orders/7", "/orders/{id}", ""},
                      Case{"GET", "/orders/open", "/orders/open", ""},
                      Case{"DELETE", "/orders/open", "/orders/{id}", ""},
                      Case{"GET", "/orders/7/fills", "/orders/{id}/fills", ""},
                      Case{"GET", "/assets/app.js", "/{path*}", ""},
                      Case{"PUT", "/orders", "", "GET, HEAD, OPTIONS, POST"},
                      Case{"OPTIONS", "/orders/7", "", "DELETE, GET, HEAD, OPTIONS"},
                      Case{"GET", "/check", "", "OPTIONS, POST"},
                      Case{"POST", "/nowhere", "", ""},
                      Case{"post", "/orders", "", "GET, HEAD, OPTIONS, POST"}));

TEST(RouterParamsTest, AreDecoded) {
  const Router router = MakeRouter();
  EXPECT_THAT(router.Find("GET", "/orders/a%2Fb%20c")->params, ElementsAre(Pair("id", "a/b c")));
  EXPECT_THAT(router.Find("GET", "/a/b/c.js")->params, ElementsAre(Pair("path", "a/b/c.js")));
}

TEST(RouterParamsTest, ABrokenEscapeIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(MakeRouter().Find("GET", "/orders/%zz").status()));
}

TEST(RouterDeathTest, APatternTwiceIsABug) {
  Router router = MakeRouter();
  EXPECT_DEATH(router.Add({"GET", {}, nullptr, nullptr, "/orders"}), "invariant");
}

}  // namespace
}  // namespace tw::http
