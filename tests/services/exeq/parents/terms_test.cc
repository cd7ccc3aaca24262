// What a parent order may ask for, and what each refusal names.
#include "services/exeq/parents/terms.h"

#include "libs/base/field_error.h"
#include "tests/services/exeq/parents/parents_fixture.h"

namespace tw::exeq {
namespace {

const Instruments kInstruments = TestInstruments();

// The field at fault; "" when the terms stand.
std::string Fault(const ParentTerms& terms) {
  const auto checked = CheckTerms(terms, *kInstruments.Find("COIN"), kStart);
  return checked.ok() ? "" : FieldOf(checked.status());
}

ParentTerms With(ParentTerms terms, const std::function<void(ParentTerms&)>& change) {
  change(terms);
  return terms;
}

TEST(Terms, EachFaultHasItsField) {
  const ParentTerms twap = Terms(Algo::kTwap, "1", 60, 6);
  const ParentTerms pov =
      With(Terms(Algo::kPov, "1"), [](auto& t) { t.participation_e8 = kDecimalScale / 10; });
  const ParentTerms iceberg = With(Terms(Algo::kIceberg, "1"), [](auto& t) {
    t.limit_price = P("100");
    t.display = Q("0.1");
  });
  const struct {
    const char* field;
    ParentTerms terms;
  } rows[] = {
      {"", twap},
      {"", pov},
      {"", iceberg},
      {"algo", Terms(Algo::kUnspecified, "1", 60)},
      {"quantity", With(twap, [](auto& t) { t.quantity = Quantity(); })},
      {"quantity", With(twap, [](auto& t) { t.quantity = Q("0.000015"); })},
      {"limit_price", With(twap, [](auto& t) { t.limit_price = P("100.001"); })},
      {"end_time", Terms(Algo::kTwap, "1", 0, 6)},
      {"end_time", With(twap, [](auto& t) { t.end = kStart - Duration{1}; })},
      {"end_time", With(twap, [](auto& t) { t.end = kStart + Duration::Millis(500); })},
      {"duration_ms", With(twap, [](auto& t) { t.duration = Duration::Seconds(60); })},
      {"start_time", With(pov, [](auto& t) { t.start = kStart + Duration::Seconds(800'000); })},
      {"slices", With(twap, [](auto& t) { t.slices = 1'001; })},
      {"slices", With(twap, [](auto& t) { t.slices = 700; })},  // below a tenth of a second each
      {"slices", With(pov, [](auto& t) { t.slices = 4; })},
      {"randomize_percent", With(twap, [](auto& t) { t.randomize_percent = 51; })},
      {"participation", Terms(Algo::kPov, "1")},
      {"participation", With(twap, [](auto& t) { t.participation_e8 = 1; })},
      {"participation", With(pov, [](auto& t) { t.participation_e8 = 2 * kDecimalScale; })},
      {"participation_cap", With(pov, [](auto& t) { t.participation_cap_e8 = 1; })},
      {"interval_ms", With(pov, [](auto& t) { t.interval = Duration::Millis(99); })},
      {"interval_ms", With(twap, [](auto& t) { t.interval = Duration::Seconds(1); })},
      {"limit_price", With(iceberg, [](auto& t) { t.limit_price = Price(); })},
      {"display_quantity", With(iceberg, [](auto& t) { t.display = Quantity(); })},
      {"display_quantity", With(iceberg, [](auto& t) { t.display = Q("2"); })},
      {"display_quantity", With(twap, [](auto& t) { t.display = Q("0.1"); })},
      {"urgency", With(twap, [](auto& t) { t.urgency_e8 = 1; })},
      {"volume_curve", With(twap, [](auto& t) { t.learned_curve = true; })},
      {"slice_max", With(twap, [](auto& t) { t.slice_max = Q("0.000001"); })},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Fault(row.terms), row.field);
  }
}

TEST(Terms, WhatIsLeftOutIsFilledIn) {
  const auto twap = CheckTerms(Terms(Algo::kTwap, "1", 3'600), *kInstruments.Find("COIN"), kStart);
  EXPECT_EQ(twap->start, kStart);
  EXPECT_EQ(twap->slices, 120);
  ParentTerms shortfall = Terms(Algo::kImplementationShortfall, "1");
  shortfall.duration = Duration::Seconds(10);
  const auto checked = CheckTerms(shortfall, *kInstruments.Find("COIN"), kStart);
  EXPECT_EQ(checked->end, kStart + Duration::Seconds(10));
  EXPECT_EQ(checked->slices, 4);
  EXPECT_EQ(checked->urgency_e8, kUrgencyDefaultE8);
}

}  // namespace
}  // namespace tw::exeq
