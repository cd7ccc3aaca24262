#include "services/risk/record.h"

#include <gtest/gtest.h>

#include "services/risk/convert.h"
#include "tests/services/risk/fixture.h"

namespace tw::risk {
namespace {

using testing::kNow;
using testing::M;
using testing::Q;

std::vector<Event> OneOfEach() {
  LimitsChanged limits;
  limits.key = {LimitScope::kAccountSymbol, "a", "IBM"};
  limits.values.max_position = Q("7.5");
  limits.values.max_order_notional = M("0");
  limits.version = 4;
  limits.changed_by = "ana";
  limits.reason = "new desk";
  limits.time = kNow;
  return {limits,
          LimitsFileLoaded{"abcd", 5, kNow},
          KillSwitchChanged{true, false, 3, "drill", "ana", kNow},
          KillSwitchChanged{true, true, 4, "for real", "ana", kNow},
          SymbolBlockChanged{"IBM", true, "halt", "ana", kNow},
          AlertRaised{9, kNow, AlertKind::kLimitNear, "a", "IBM", "message"},
          AlertAcknowledged{9, "bo", kNow},
          KillSwitchChanged{true, true, 5, "r", "ana", kNow, LimitScope::kDesk, "crypto", true},
          SymbolBlockChanged{"IBM", true, "merger", "ana", kNow, true},
          StrategyChanged{"s", true, "9 executions", "throttle", kNow},
          EquityMarked{"a", 19'000, M("1000.5"), M("1200"), kNow},
          KillReported{5, LimitScope::kDesk, "crypto", "r", "ana", true, kNow, true,
                       Duration::Micros(1'230), 4, true, true, Duration::Millis(17), 0, kNow}};
}

TEST(RecordTest, EveryEventReadsBackByteForByte) {
  for (const Event& event : OneOfEach()) {
    const std::string bytes = EncodeRecord(event);
    const auto read = DecodeRecord(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->index(), event.index());
    EXPECT_EQ(EncodeRecord(*read), bytes);
  }
}

TEST(RecordTest, EveryLimitReadsBack) {
  LimitsChanged limits;
  limits.key = {LimitScope::kAccount, "a", ""};
  limits.version = 2;
  limits.time = kNow;
  ForEachLimit([&](const char*, Takes takes, auto member, auto) {
    using Value = std::decay_t<decltype(*(limits.values.*member))>;
    if (takes != Takes::kStrategy && takes != Takes::kAccountSymbol) {
      limits.values.*member = Value::FromUnits(7);
    }
  });
  const auto read = DecodeRecord(EncodeRecord(limits));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(std::get<LimitsChanged>(*read).values, limits.values);
}

TEST(RecordTest, AReplayedRowIsTheRowThatWasKept) {
  const Event event = OneOfEach()[0];
  const auto read = DecodeRecord(EncodeRecord(event));
  ASSERT_TRUE(read.ok());
  const auto& row = std::get<LimitsChanged>(*read);
  const auto& kept = std::get<LimitsChanged>(event);
  EXPECT_EQ(row.key, kept.key);
  EXPECT_EQ(row.values, kept.values);
  EXPECT_EQ(row.version, kept.version);
  EXPECT_EQ(row.time, kept.time);
  EXPECT_EQ(row.reason, kept.reason);
}

TEST(RecordTest, WhatRiskDoesNotWriteIsDataLoss) {
  std::string unknown_kind = EncodeRecord(OneOfEach()[0]);
  unknown_kind[0] = 99;
  std::string no_message = EncodeRecord(OneOfEach()[0]).substr(0, 9) + "\xff\xff";
  std::string no_scope = EncodeRecord(LimitsFileLoaded{"h", 1, kNow});
  no_scope[0] = 1;
  for (const std::string& bytes :
       {std::string(), std::string("short"), unknown_kind, no_message, no_scope}) {
    EXPECT_EQ(DecodeRecord(bytes).status().code(), absl::StatusCode::kDataLoss);
  }
}

// The reject reasons and alert kinds that the wire shows keep their names.
TEST(RecordTest, EveryKindOfAlertReadsBack) {
  for (const AlertKind kind : kAlertKinds) {
    const auto read = DecodeRecord(EncodeRecord(AlertRaised{1, kNow, kind, "", "", "m"}));
    ASSERT_TRUE(read.ok()) << Name(kind);
    EXPECT_EQ(std::get<AlertRaised>(*read).kind, kind);
  }
}

}  // namespace
}  // namespace tw::risk
