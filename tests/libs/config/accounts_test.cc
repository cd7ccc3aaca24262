#include "libs/config/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/config/accounts_file.h"
#include "tests/libs/config/temp_file.h"

namespace tw::config {
namespace {

using ::testing::HasSubstr;

TEST(IsAccountNameTest, TakesWhatTheContractSays) {
  for (const char* name : {"a", "default", "desk-1", "A.b_c-9"}) {
    EXPECT_TRUE(IsAccountName(name)) << name;
  }
  EXPECT_TRUE(IsAccountName(std::string(64, 'x')));
  EXPECT_FALSE(IsAccountName(std::string(65, 'x')));
  for (const char* name : {"", "a b", "a/b", "\xc3\xa9", "a\n"}) {
    EXPECT_FALSE(IsAccountName(name)) << name;
  }
}

TEST(AccountsTest, AnOpenPlatformTakesAnyNameWithAMillion) {
  const Accounts accounts;
  const auto account = accounts.Find("anyone");
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->name, "anyone");
  EXPECT_EQ(account->opening_cash, Money::FromUnits(1'000'000));
  EXPECT_EQ(account->base_currency, "USD");
  EXPECT_FALSE(accounts.Find("not a name").has_value());
}

TEST(LoadAccountsTest, ReadsAClosedList) {
  const TempFile file(R"(accounts = "closed"
[[account]]
name = "desk-1"
base_currency = "EUR"
opening_cash = "250000.5"
desk = "equities"
margin_rate = "0.5"
[[account.position]]
symbol = "IBM"
quantity = "-100"
average_price = "181.2"
[[account]]
name = "desk-2"
)");
  const auto accounts = LoadAccounts(file.path());
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  EXPECT_FALSE(accounts->open());
  EXPECT_FALSE(accounts->Find("anyone").has_value());
  ASSERT_EQ(accounts->listed().size(), 2U);
  const Account desk = *accounts->Find("desk-1");
  EXPECT_EQ(desk.base_currency, "EUR");
  EXPECT_EQ(desk.opening_cash.ToString(), "250000.5");
  EXPECT_EQ(desk.desk, "equities");
  EXPECT_EQ(desk.margin_rate.ToString(), "0.5");
  ASSERT_EQ(desk.opening_positions.size(), 1U);
  EXPECT_EQ(desk.opening_positions[0].symbol, "IBM");
  EXPECT_EQ(desk.opening_positions[0].quantity.ToString(), "-100");
  EXPECT_EQ(accounts->Find("desk-2")->opening_cash, Money::FromUnits(1'000'000));
}

TEST(LoadAccountsTest, AnAccountTakesWhatItsClassSaysUnlessItSaysOtherwise) {
  const TempFile file(R"([[class]]
name = "margin"
margin_rate = "0.25"
maintenance_rate = "0.15"
short_sale = "locate"
self_trade = "cancel_newest"
[[account]]
name = "m-1"
class = "margin"
symbols = ["IBM", "SOLUSDT"]
[[account]]
name = "m-2"
class = "margin"
margin_rate = "0.5"
short_sale = "forbidden"
self_trade = "decrement"
self_trade_scope = "firm"
[[account]]
name = "plain"
)");
  const auto accounts = LoadAccounts(file.path());
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  const Account first = *accounts->Find("m-1");
  EXPECT_EQ(first.account_class, "margin");
  EXPECT_EQ(first.margin_rate.ToString(), "0.25");
  EXPECT_EQ(first.maintenance_rate.ToString(), "0.15");
  EXPECT_EQ(first.short_sale, ShortSale::kLocate);
  EXPECT_EQ(first.self_trade, SelfTradePrevention::kCancelNewest);
  EXPECT_FALSE(first.self_trade_firm);
  EXPECT_THAT(first.symbols, ::testing::ElementsAre("IBM", "SOLUSDT"));
  EXPECT_TRUE(first.listed);
  const Account second = *accounts->Find("m-2");
  EXPECT_EQ(second.margin_rate.ToString(), "0.5");
  EXPECT_EQ(second.maintenance_rate.ToString(), "0.15");
  EXPECT_EQ(second.short_sale, ShortSale::kForbidden);
  EXPECT_EQ(second.self_trade, SelfTradePrevention::kDecrement);
  EXPECT_TRUE(second.self_trade_firm);
  EXPECT_TRUE(second.symbols.empty());
  const Account plain = *accounts->Find("plain");
  EXPECT_EQ(plain.margin_rate, Rate::FromUnits(1));
  EXPECT_EQ(plain.short_sale, ShortSale::kAllowed);
  EXPECT_EQ(plain.self_trade, SelfTradePrevention::kNone);
  EXPECT_FALSE(accounts->Find("nobody-listed-me")->listed);
}

TEST(LoadAccountsTest, IsOpenWithoutAWord) {
  const TempFile file("");
  const auto accounts = LoadAccounts(file.path());
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  EXPECT_TRUE(accounts->open());
}

struct FaultCase {
  const char* content;
  const char* says;
};

class AccountFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(AccountFaultTest, IsNamed) {
  const TempFile file(GetParam().content);
  const auto accounts = LoadAccounts(file.path());
  ASSERT_TRUE(absl::IsInvalidArgument(accounts.status())) << accounts.status();
  EXPECT_THAT(std::string(accounts.status().message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Faults,
    AccountFaultTest,
    ::testing::Values(
        FaultCase{"accounts = \"ajar\"", "must be \"open\" or \"closed\""},
        FaultCase{"acounts = \"open\"", "did you mean \"accounts\""},
        FaultCase{"[[account]]\ndesk = \"x\"", "account 1: name: is missing"},
        FaultCase{"[[account]]\nname = \"a b\"", ":2: account a b: name: must be"},
        FaultCase{"[[account]]\nname = \"a\"\n[[account]]\nname = \"a\"", "listed twice"},
        FaultCase{"[[account]]\nname = \"a\"\nmargin_rate = \"1.5\"", "must not be above 1"},
        FaultCase{"[[account]]\nname = \"a\"\nclass = \"gold\"", "'gold' is not listed"},
        FaultCase{"[[class]]\nname = \"a\"\nshort_sale = \"no\"", "must be allowed, locate"},
        FaultCase{"[[account]]\nname = \"a\"\nself_trade = \"no\"", "must be none, cancel_newest"},
        FaultCase{"[[account]]\nname = \"a\"\nself_trade_scope = \"all\"", "account or firm"},
        FaultCase{"[[class]]\nname = \"a\"\n[[class]]\nname = \"a\"", "listed twice"},
        FaultCase{"[[account]]\nname = \"a\"\nopening_cash = 5", "must be a text"},
        FaultCase{"[account]\nname = \"a\"", "expected [[account]]"},
        FaultCase{"[[account]]\nname = \"a\"\n[[account.position]]\nsymbol = \"IBM\"\n"
                  "quantity = \"0\"\naverage_price = \"1\"",
                  "must not be 0"}));

}  // namespace
}  // namespace tw::config
