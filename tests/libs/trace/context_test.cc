#include "libs/trace/context.h"

#include <gtest/gtest.h>

#include <set>

namespace tw::trace {
namespace {

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kParent[] = "00f067aa0ba902b7";

std::string Value(const std::string& version, const std::string& flags) {
  return version + "-" + kTrace + "-" + kParent + "-" + flags;
}

TEST(ContextTest, ReadsItsPartsAndWritesThemAgain) {
  const auto context = Parse(Value("00", "01"));
  ASSERT_TRUE(context);
  EXPECT_EQ(context->TraceId(), kTrace);
  EXPECT_EQ(context->ParentId(), kParent);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->ToString(), Value("00", "01"));
}

TEST(ContextTest, OnlyTheLowestFlagIsSampled) {
  for (const auto& [flags, sampled] : std::initializer_list<std::pair<const char*, bool>>{
           {"00", false}, {"01", true}, {"02", false}, {"03", true}, {"ff", true}}) {
    ASSERT_TRUE(Parse(Value("00", flags))) << flags;
    EXPECT_EQ(Parse(Value("00", flags))->sampled, sampled) << flags;
  }
}

TEST(ContextTest, LaterVersionsMayBeLonger) {
  EXPECT_TRUE(Parse(Value("01", "01") + "-what-comes"));
  EXPECT_TRUE(Parse(Value("01", "01")));
  EXPECT_FALSE(Parse(Value("00", "01") + "-what-comes"));
  EXPECT_FALSE(Parse(Value("01", "01") + "x"));
}

TEST(ContextTest, WhatIsNoTraceparentIsNone) {
  const std::string good = Value("00", "01");
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(Parse(good.substr(0, length))) << length;
  }
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char wrong : {'A', 'g', ' ', '\0', '\xff'}) {
      std::string bad = good;
      bad[i] = wrong;
      EXPECT_FALSE(Parse(bad)) << i;
    }
  }
  EXPECT_FALSE(Parse(Value("ff", "01")));
  EXPECT_FALSE(Parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
}

TEST(ContextTest, MadeOnesAreSampledAndDiffer) {
  std::set<std::string> traces;
  for (int i = 0; i < 1000; ++i) {
    const Context made = Make();
    EXPECT_EQ(Parse(made.ToString()), made);
    EXPECT_TRUE(made.sampled);
    traces.insert(made.TraceId());
  }
  EXPECT_EQ(traces.size(), 1000U);
}

}  // namespace
}  // namespace tw::trace
