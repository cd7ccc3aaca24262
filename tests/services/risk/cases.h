// Cases of the table of checks: an order that passes, and one unit more that does not.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "services/risk/checks.h"
#include "tests/services/risk/fixture.h"

namespace tw::risk::testing {

inline constexpr OrderId kHeld(1, 1);
inline constexpr OrderId kOpen(1, 2);

// One row a case: the order passes; with one unit more of something it is refused by that check.
struct Case {
  const char* name;
  CheckId check;
  RejectReason reason;
  std::function<void(State&)> set_up;  // for both
  OrderTerms passes;
  std::function<void(State&)> spoil;  // for the refusal only
  OrderTerms refused;
};

inline void Nothing(State&) {}

inline void SetLimit(State& state, LimitKey key, const std::function<void(NewLimits&)>& edit) {
  NewLimits command;
  command.key = std::move(key);
  command.reason = "test";
  edit(command);
  const auto event = state.limits.Decide(command, kNow);
  ASSERT_TRUE(event.ok()) << event.status();
  state.limits.Apply(*event);
}

template <typename T>
Edit<T> Set(T value) {
  return {Edit<T>::Kind::kSet, value};
}

inline OrderTerms With(OrderTerms order, const std::function<void(OrderTerms&)>& edit) {
  edit(order);
  return order;
}

inline void RunCases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    State passing = MakeState();
    c.set_up(passing);
    const Decision yes = Check(passing, c.passes, kNow);
    EXPECT_TRUE(yes.approved()) << RefusalMessage(yes, c.passes);
    EXPECT_NE(yes.Find(c.check), nullptr) << "ran";
    EXPECT_EQ(RefusalMessage(yes, c.passes), "");

    State refusing = MakeState();
    c.set_up(refusing);
    c.spoil(refusing);
    const Decision no = Check(refusing, c.refused, kNow);
    ASSERT_FALSE(no.approved());
    EXPECT_EQ(no.reason, c.reason) << Name(no.reason);
    EXPECT_EQ(Name(no.refusal().id), Name(c.check));
    EXPECT_EQ(no.Find(c.check), &no.refusal()) << "stops at the first refusal";
    const std::string message = RefusalMessage(no, c.refused);
    EXPECT_NE(message, "");
    EXPECT_TRUE(!IsLimit(c.check) ||
                message.find(FormatE8(no.refusal().limit_e8)) != std::string::npos)
        << "says what is allowed: " << message;
    EXPECT_EQ(UsedPercent(no.refusal()) > 100 || !IsLimit(c.check), true);
  }
}

// checks_levels_test.cc: the checks of pace, of levels, of equity, and of people's controls.
std::vector<Case> ControlCases();
std::vector<Case> PaceCases();
std::vector<Case> SumCases();
std::vector<Case> EquityCases();

}  // namespace tw::risk::testing
