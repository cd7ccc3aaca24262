#include "services/gateway/account_filter.h"

#include <gtest/gtest.h>

#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/parent.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::gateway {
namespace {

namespace v1 = ::tradewind::v1;
using auth::AccountRule;

auth::Caller With(auth::Accounts accounts) {
  auth::Caller::Facts facts;
  facts.user = "ann";
  facts.accounts = std::move(accounts);
  return auth::Caller(std::move(facts));
}

TEST(AccountFilterTest, ARequestNamesOneOfTheCallersAccounts) {
  const auth::Caller ann = With({"demo", "desk-2"});
  v1::SubmitOrderRequest submit;
  submit.set_account("demo");
  EXPECT_TRUE(HoldRequest(ann, AccountRule::kNamed, submit).ok());
  submit.set_account("other");
  EXPECT_TRUE(absl::IsPermissionDenied(HoldRequest(ann, AccountRule::kNamed, submit)));
  submit.clear_account();
  EXPECT_TRUE(absl::IsPermissionDenied(HoldRequest(ann, AccountRule::kNamed, submit)))
      << "that means the account default";
  EXPECT_TRUE(HoldRequest(With({"default"}), AccountRule::kNamed, submit).ok());
  EXPECT_TRUE(HoldRequest(With({"*"}), AccountRule::kNamed, submit).ok());
}

TEST(AccountFilterTest, AllAccountsBecomeTheCallersOwn) {
  v1::ListOrdersRequest list;
  EXPECT_TRUE(HoldRequest(With({"demo"}), AccountRule::kFilter, list).ok());
  EXPECT_EQ(list.account(), "demo");
  list.clear_account();
  EXPECT_TRUE(HoldRequest(With({"a", "b"}), AccountRule::kFilter, list).ok());
  EXPECT_EQ(list.account(), "") << "the answer is filtered";
  EXPECT_TRUE(absl::IsPermissionDenied(HoldRequest(With({}), AccountRule::kFilter, list)));
  v1::CancelAllOrdersRequest all;
  EXPECT_TRUE(absl::IsPermissionDenied(HoldRequest(With({"a", "b"}), AccountRule::kMust, all)));
  EXPECT_TRUE(HoldRequest(With({"a"}), AccountRule::kMust, all).ok());
  EXPECT_EQ(all.account(), "a");
}

TEST(AccountFilterTest, AnAccountInsideAMessageCountsToo) {
  v1::SetLimitsRequest set;
  set.mutable_limits()->set_account("other");
  EXPECT_FALSE(HoldRequest(With({"a", "b"}), AccountRule::kMust, set).ok());
  set.mutable_limits()->set_account("b");
  EXPECT_TRUE(HoldRequest(With({"a", "b"}), AccountRule::kMust, set).ok());
}

TEST(AccountFilterTest, EachOrderOfABatchCounts) {
  v1::SubmitOrdersRequest batch;
  batch.add_orders()->set_account("a");
  batch.add_orders()->set_account("b");
  EXPECT_TRUE(HoldRequest(With({"a", "b"}), AccountRule::kNamed, batch).ok());
  EXPECT_FALSE(HoldRequest(With({"a"}), AccountRule::kNamed, batch).ok());
  batch.mutable_orders(1)->clear_account();
  EXPECT_FALSE(HoldRequest(With({"a", "b"}), AccountRule::kNamed, batch).ok())
      << "that means the account default";
}

TEST(AccountFilterTest, OfLinkedOrdersTheFirstSpeaksForThoseThatNameNone) {
  v1::SubmitLinkedOrdersRequest linked;
  linked.mutable_parent()->set_account("a");
  linked.add_legs();
  EXPECT_TRUE(HoldRequest(With({"a"}), AccountRule::kLinked, linked).ok());
  linked.add_legs()->set_account("b");
  EXPECT_FALSE(HoldRequest(With({"a"}), AccountRule::kLinked, linked).ok());
  linked.mutable_legs(1)->clear_account();
  linked.clear_parent();
  EXPECT_FALSE(HoldRequest(With({"a"}), AccountRule::kLinked, linked).ok())
      << "the first leg means the account default";
  linked.mutable_legs(0)->set_account("a");
  EXPECT_TRUE(HoldRequest(With({"a"}), AccountRule::kLinked, linked).ok());
}

TEST(AccountFilterTest, OfAnOrderByItsIdTheOwnerIsToldWhoseItMayBe) {
  v1::CancelOrderRequest cancel;
  cancel.set_order_id("3-7");
  cancel.add_only_accounts("other");
  EXPECT_TRUE(HoldRequest(With({"a", "b"}), AccountRule::kOrder, cancel).ok());
  ASSERT_EQ(cancel.only_accounts_size(), 2) << "not what the client says";
  EXPECT_EQ(cancel.only_accounts(1), "b");
  EXPECT_TRUE(HoldRequest(With({}), AccountRule::kOrder, cancel).ok());
  EXPECT_EQ(cancel.only_accounts_size(), 1) << "none is not any";
  cancel.clear_order_id();
  cancel.set_client_order_id("k");
  EXPECT_FALSE(HoldRequest(With({"a", "b"}), AccountRule::kOrder, cancel).ok())
      << "the account default";
}

TEST(AccountFilterTest, AnAnswerShowsTheCallersAccounts) {
  const auth::Caller ann = With({"a", "b"});
  v1::ListOrdersResponse list;
  for (const char* const account : {"a", "x", "b", "y", "a"}) {
    list.add_orders()->set_account(account);
  }
  list.set_next("9");
  ASSERT_TRUE(HoldAnswer(ann, list).ok());
  ASSERT_EQ(list.orders_size(), 3);
  EXPECT_EQ(list.orders(1).account(), "b");
  EXPECT_EQ(list.next(), "9");
  v1::Order order;
  order.set_account("x");
  EXPECT_TRUE(absl::IsPermissionDenied(HoldAnswer(ann, order)));
  EXPECT_TRUE(HoldAnswer(With({"*"}), order).ok());
  v1::GetLimitsResponse limits;
  limits.add_limits()->set_scope("firm");
  limits.add_limits()->set_account("x");
  ASSERT_TRUE(HoldAnswer(ann, limits).ok());
  ASSERT_EQ(limits.limits_size(), 1) << "what is nobody's is everybody's";
}

TEST(AccountFilterTest, WhatADeskHasIsForWhoIsEntitledToEveryAccount) {
  v1::GetExposureResponse answer;
  answer.add_exposures()->set_account("a");
  answer.add_exposures()->set_account("x");
  answer.add_scopes()->set_scope("desk");
  v1::GetExposureResponse all = answer;
  ASSERT_TRUE(HoldAnswer(With({"a"}), answer).ok());
  EXPECT_EQ(answer.exposures_size(), 1);
  EXPECT_EQ(answer.scopes_size(), 0);
  ASSERT_TRUE(HoldAnswer(With({"*"}), all).ok());
  EXPECT_EQ(all.scopes_size(), 1);
}

TEST(AccountFilterTest, EventsStillFormAChain) {
  google::protobuf::RepeatedPtrField<v1::OrderEvent> events;
  const auto add = [&](uint64_t sequence, const char* account) {
    v1::OrderEvent& event = *events.Add();
    event.set_sequence(sequence);
    event.set_previous_sequence(sequence - 1);
    event.mutable_order()->set_account(account);
  };
  uint64_t last = 0;
  add(5, "a");
  add(6, "x");
  add(7, "a");
  HoldEvents(With({"a", "b"}), events, last);
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events.Get(0).previous_sequence(), 4U) << "as its owner says";
  EXPECT_EQ(events.Get(1).previous_sequence(), 5U) << "6 was not for the caller";
  events.Clear();
  add(8, "x");
  add(9, "b");
  HoldEvents(With({"a", "b"}), events, last);
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events.Get(0).previous_sequence(), 7U);
}

}  // namespace
}  // namespace tw::gateway
