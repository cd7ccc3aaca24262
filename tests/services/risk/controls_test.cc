#include "services/risk/controls.h"

#include <gtest/gtest.h>

#include <string>

namespace tw::risk {
namespace {

constexpr Timestamp kNow{1'000};

KillSwitchChanged Wanted(bool engaged, bool cancel, std::string reason, std::string by) {
  KillSwitchChanged out;
  out.engaged = engaged;
  out.cancel_open_orders = cancel;
  out.reason = std::move(reason);
  out.by = std::move(by);
  return out;
}

TEST(KillSwitchTest, EachChangeIsANewGenerationAndARepeatIsNone) {
  Controls controls;
  const auto engaged = controls.DecideKillSwitch(Wanted(true, false, "drill", "ana"), kNow);
  ASSERT_TRUE(engaged.ok() && engaged->has_value());
  controls.Apply(**engaged);
  EXPECT_TRUE(controls.kill_switch().engaged);
  EXPECT_EQ(controls.kill_switch().generation, 1u);
  EXPECT_EQ(controls.kill_switch().by, "ana");

  const auto again = controls.DecideKillSwitch(Wanted(true, false, "drill", "bo"), kNow);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->has_value());

  const auto released = controls.DecideKillSwitch(Wanted(false, false, "over", "ana"), kNow);
  ASSERT_TRUE(released.ok() && released->has_value());
  controls.Apply(**released);
  EXPECT_FALSE(controls.kill_switch().engaged);
  EXPECT_EQ(controls.kill_switch().generation, 2u);
}

TEST(KillSwitchTest, CancellingOpenOrdersCanBeAskedForLater) {
  Controls controls;
  controls.Apply(**controls.DecideKillSwitch(Wanted(true, false, "drill", "ana"), kNow));
  const auto cancel = controls.DecideKillSwitch(Wanted(true, true, "for real", "ana"), kNow);
  ASSERT_TRUE(cancel.ok() && cancel->has_value());
  controls.Apply(**cancel);
  EXPECT_TRUE(controls.kill_switch().cancel_open_orders);
  EXPECT_EQ(controls.kill_switch().generation, 2u);
  EXPECT_FALSE(controls.DecideKillSwitch(Wanted(true, true, "again", "ana"), kNow)->has_value());
  EXPECT_FALSE(controls.DecideKillSwitch(Wanted(true, false, "less", "ana"), kNow)->has_value());
  // A release cancels nothing, whatever it asks for.
  controls.Apply(**controls.DecideKillSwitch(Wanted(false, true, "over", "ana"), kNow));
  EXPECT_FALSE(controls.kill_switch().cancel_open_orders);
}

TEST(SymbolBlockTest, HoldsUntilLifted) {
  Controls controls;
  const auto blocked = controls.DecideBlock("IBM", true, "halt", "ana", kNow);
  ASSERT_TRUE(blocked.ok() && blocked->has_value());
  controls.Apply(**blocked);
  EXPECT_TRUE(controls.IsBlocked("IBM"));
  EXPECT_FALSE(controls.IsBlocked("BTCUSDT"));
  ASSERT_EQ(controls.ListBlocks().size(), 1u);
  EXPECT_EQ(controls.ListBlocks()[0].reason, "halt");
  EXPECT_FALSE(controls.DecideBlock("IBM", true, "halt", "ana", kNow)->has_value());

  const auto lifted = controls.DecideBlock("IBM", false, "over", "ana", kNow);
  ASSERT_TRUE(lifted.ok() && lifted->has_value());
  controls.Apply(**lifted);
  EXPECT_FALSE(controls.IsBlocked("IBM"));
  EXPECT_TRUE(controls.ListBlocks().empty());
}

TEST(ControlsTest, WantAReason) {
  const Controls controls;
  EXPECT_EQ(controls.DecideKillSwitch(Wanted(true, false, "", "ana"), kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(controls.DecideBlock("IBM", true, std::string(513, 'x'), "ana", kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(controls.DecideBlock("IBM", true, "halt", std::string(513, 'x'), kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tw::risk
