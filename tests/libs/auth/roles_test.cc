#include "libs/auth/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::auth {
namespace {

using ::testing::ElementsAre;

TEST(RolesTest, WhatEachRoleAllows) {
  EXPECT_THAT(ScopesOf(Role::kViewer).Names(), ElementsAre("read"));
  EXPECT_THAT(ScopesOf(Role::kTrader).Names(), ElementsAre("read", "trade", "cancel"));
  EXPECT_THAT(ScopesOf(Role::kRiskOfficer).Names(), ElementsAre("read", "cancel", "risk"));
  EXPECT_THAT(ScopesOf(Role::kOperator).Names(), ElementsAre("read", "cancel", "operate"));
  EXPECT_EQ(ScopesOf(Role::kAdmin), Scopes::All());
}

TEST(RolesTest, SeveralRolesAddUp) {
  const Scopes both = ScopesOf({Role::kTrader, Role::kRiskOfficer});
  EXPECT_THAT(both.Names(), ElementsAre("read", "trade", "cancel", "risk"));
  EXPECT_TRUE(ScopesOf(std::vector<Role>{}).empty());
}

TEST(RolesTest, NamesGoThereAndBack) {
  for (int i = 0; i < kRoles; ++i) {
    EXPECT_EQ(ParseRole(NameOf(static_cast<Role>(i))), static_cast<Role>(i));
  }
  for (int i = 0; i < kScopes; ++i) {
    EXPECT_EQ(ParseScope(NameOf(static_cast<Scope>(i))), static_cast<Scope>(i));
  }
  EXPECT_FALSE(ParseRole("root").has_value());
  EXPECT_FALSE(ParseScope("").has_value());
}

}  // namespace
}  // namespace tw::auth
