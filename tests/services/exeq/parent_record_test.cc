// The journal's records of parent orders lead back to what was written.
#include <gtest/gtest.h>

#include "services/exeq/parent_convert.h"
#include "tests/services/exeq/parents/parents_fixture.h"

namespace tw::exeq {
namespace {

class ParentRecords : public ParentsTest {};

TEST_F(ParentRecords, EveryFactOfALifeLeadsBack) {
  ParentTerms terms = Terms(Algo::kVwap, "1", 40, 4);
  terms.client_parent_id = "mine";
  terms.randomize_percent = 30;
  terms.participation_cap_e8 = kDecimalScale;
  const std::string id = Submit(terms, 77);
  book_.OnMarketTrade("COIN", Q("50"));
  Run();
  book_.OnMarketTrade("COIN", Q("50"));
  const auto sent = RunAt(Duration::Seconds(9));
  ASSERT_EQ(sent.size(), 1U);
  Answer(sent[0], OrderStatus::kRejected, Quantity(), RejectReason::kMaxPosition);
  Keep(*book_.DecidePause(id, now_));
  Keep(*book_.DecideResume(id, now_));
  ParentChange change;
  change.quantity = Q("0.9");
  Keep(*book_.DecideReplace(id, change, now_));
  Keep(*book_.DecideCancel(id, now_));
  Run();
  ASSERT_TRUE(Get(id).finished());

  ParentBook other(instruments_, {});
  for (const ParentEvent& event : journal_) {
    const std::string record = EncodeRecord(event);
    const absl::StatusOr<ParentEvent> decoded = DecodeRecord(record);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(EncodeRecord(*decoded), record) << Name(event.kind);
    other.Apply(*decoded);
  }
  const Parent& recovered = *other.Find(id);
  EXPECT_EQ(*recovered.slots, *Get(id).slots);
  EXPECT_EQ(*recovered.asked, terms);
  EXPECT_EQ(recovered.terms, Get(id).terms);
  EXPECT_EQ(*other.FindChild(id, 1), *book_.FindChild(id, 1));
  EXPECT_EQ((*other.FindRepeat(terms))->id, id);
}

TEST_F(ParentRecords, DamageIsTold) {
  EXPECT_TRUE(absl::IsDataLoss(DecodeRecord("\xff\xff").status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeRecord("").status()));
}

}  // namespace
}  // namespace tw::exeq
