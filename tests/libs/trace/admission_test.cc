#include "libs/trace/admission.h"

#include <gtest/gtest.h>

#include "libs/trace/context.h"

namespace tw::trace {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr char kAsked[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kUnsampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

TEST(BucketTest, GivesItsBurstThenOneEachInterval) {
  Bucket bucket(3, Duration::Seconds(1));
  int taken = 0;
  for (int i = 0; i < 10; ++i) {
    taken += bucket.Take(50 * kSecond) ? 1 : 0;
  }
  EXPECT_EQ(taken, 3);
  EXPECT_FALSE(bucket.Take(50 * kSecond + kSecond / 2));
  EXPECT_TRUE(bucket.Take(51 * kSecond));
  EXPECT_FALSE(bucket.Take(51 * kSecond));
  // However long it was idle, it never holds more than its burst.
  taken = 0;
  for (int i = 0; i < 10; ++i) {
    taken += bucket.Take(1'000 * kSecond) ? 1 : 0;
  }
  EXPECT_EQ(taken, 3);
}

TEST(BucketTest, WithoutBurstGivesNothing) {
  Bucket bucket(0, Duration::Seconds(1));
  EXPECT_FALSE(bucket.Take(0));
  EXPECT_FALSE(bucket.Take(1'000 * kSecond));
}

TEST(AdmissionTest, PeopleGetATraceMachinesPayNothing) {
  Admission admission({.asked_burst = 100, .made_burst = 10});
  int traced = 0;
  for (int i = 0; i < 20'000; ++i) {  // 20,000 orders in a second
    const std::string traceparent = admission.Admit("", i * (kSecond / 20'000));
    traced += traceparent.empty() ? 0 : 1;
    EXPECT_TRUE(traceparent.empty() || Parse(traceparent)->sampled);
  }
  EXPECT_LE(traced, 11);
  EXPECT_GE(traced, 10);
}

TEST(AdmissionTest, WhatACallerSendsGoesOn) {
  Admission admission({.asked_burst = 1, .made_burst = 10});
  EXPECT_EQ(admission.Admit(kAsked, 0), kAsked);
  EXPECT_EQ(admission.Admit(kAsked, 0), kUnsampled) << "above the rate: carried, not traced";
  EXPECT_EQ(admission.Admit(kUnsampled, 0), kUnsampled) << "the caller does not want it";
}

TEST(AdmissionTest, ABrokenTraceparentCountsAsNone) {
  Admission admission({.asked_burst = 1, .made_burst = 1});
  const std::string made = admission.Admit("00-zz", 0);
  ASSERT_TRUE(Parse(made));
  EXPECT_TRUE(Parse(made)->sampled);
  EXPECT_EQ(admission.Admit("00-zz", 0), "");
}

}  // namespace
}  // namespace tw::trace
