#include "services/risk/alerts.h"

#include <gtest/gtest.h>

#include <string>

namespace tw::risk {
namespace {

constexpr Timestamp kNow{1'000'000'000'000};

AlertRaised Finding(AlertKind kind, std::string account) {
  AlertRaised out;
  out.kind = kind;
  out.account = std::move(account);
  out.symbol = "IBM";
  out.message = "m";
  return out;
}

bool Raise(Alerts& alerts, AlertKind kind, const std::string& account, Timestamp now) {
  const auto event = alerts.Decide(Finding(kind, account), now);
  if (event) {
    alerts.Apply(*event);
  }
  return event.has_value();
}

TEST(AlertsTest, ARepeatIsQuietForAWhile) {
  Alerts alerts;
  EXPECT_TRUE(Raise(alerts, AlertKind::kOrderRefused, "a", kNow));
  EXPECT_FALSE(Raise(alerts, AlertKind::kOrderRefused, "a", kNow + Duration::Seconds(59)));
  EXPECT_TRUE(Raise(alerts, AlertKind::kOrderRefused, "b", kNow));
  EXPECT_TRUE(Raise(alerts, AlertKind::kLimitNear, "a", kNow));
  EXPECT_TRUE(Raise(alerts, AlertKind::kOrderRefused, "a", kNow + Duration::Seconds(60)));
  EXPECT_TRUE(Raise(alerts, AlertKind::kKillSwitch, "", kNow));
  EXPECT_TRUE(Raise(alerts, AlertKind::kKillSwitch, "", kNow)) << "what a person did is told";
  EXPECT_EQ(alerts.open(), 6u);
}

TEST(AlertsTest, AnAcknowledgedOneIsNoLongerOpen) {
  Alerts alerts;
  ASSERT_TRUE(Raise(alerts, AlertKind::kOrderRefused, "a", kNow));
  ASSERT_TRUE(Raise(alerts, AlertKind::kOrderRefused, "b", kNow));
  const auto ack = alerts.DecideAck(1, "ana", kNow);
  ASSERT_TRUE(ack.ok() && ack->has_value());
  alerts.Apply(**ack);
  EXPECT_EQ(alerts.open(), 1u);
  EXPECT_EQ(alerts.Find(1)->acknowledged_by, "ana");
  EXPECT_FALSE(alerts.DecideAck(1, "bo", kNow)->has_value());
  EXPECT_EQ(alerts.DecideAck(3, "ana", kNow).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(alerts.DecideAck(0, "ana", kNow).status().code(), absl::StatusCode::kNotFound);
  ASSERT_EQ(alerts.List(10, true).size(), 1u);
  EXPECT_EQ(alerts.List(10, true)[0].raised.id, 2u);
  EXPECT_EQ(alerts.List(10, false).size(), 2u);
  EXPECT_EQ(alerts.List(1, false)[0].raised.id, 2u) << "the newest";
}

TEST(AlertsTest, TheOldestGivesWay) {
  Alerts alerts;
  for (size_t i = 0; i <= kAlertsMax; ++i) {
    ASSERT_TRUE(Raise(alerts, AlertKind::kOrderRefused, std::to_string(i), kNow));
  }
  EXPECT_EQ(alerts.Find(1), nullptr);
  ASSERT_NE(alerts.Find(2), nullptr);
  EXPECT_EQ(alerts.Find(2)->raised.account, "1");
  EXPECT_EQ(alerts.open(), kAlertsMax);
}

}  // namespace
}  // namespace tw::risk
