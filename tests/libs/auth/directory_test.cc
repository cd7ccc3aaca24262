#include "libs/auth/directory.h"

#include <gtest/gtest.h>

#include "libs/base/field_error.h"

namespace tw::auth {
namespace {

constexpr Timestamp kNow{1'000'000'000'000};
constexpr Duration kDay = Duration::Seconds(86'400);

User Named(const std::string& name, std::vector<Role> roles, Accounts accounts = {"demo"}) {
  User user;
  user.name = name;
  user.roles = std::move(roles);
  user.accounts = std::move(accounts);
  return user;
}

Event Putting(User user) {
  Event event;
  event.user = std::move(user);
  return event;
}

Event Opening(const std::string& id, const std::string& user, int64_t created) {
  Event event;
  event.session = Session{id, "hash", user, "csrf", Timestamp{created}, kNow + kDay};
  return event;
}

class DirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_.Apply(Putting(Named("admin", {Role::kAdmin}, {"*"})));
    directory_.Apply(Putting(Named("ann", {Role::kTrader})));
  }
  absl::Status CreateKey(Scope scope, Accounts accounts = {}, const std::string& label = "bot") {
    Key key;
    key.id = "k" + std::to_string(directory_.keys().size());
    key.user = "ann";
    key.label = label;
    key.scopes.Add(scope);
    key.accounts = std::move(accounts);
    key.expires = kNow + kDay;
    absl::Status can = directory_.CanCreate(key, kNow);
    if (can.ok()) {
      Event event;
      event.key = key;
      directory_.Apply(event);
    }
    return can;
  }
  Directory directory_{Limits{.users = 4, .keys_of_a_user = 2, .sessions_of_a_user = 2}};
};

TEST(AccountsTest, AStarCoversAll) {
  EXPECT_TRUE(Covers({"a", "*"}, "b"));
  EXPECT_TRUE(Covers({"a", "b"}, "b"));
  EXPECT_FALSE(Covers({"a"}, "b"));
  EXPECT_FALSE(Covers({}, "a"));
  EXPECT_FALSE(Covers({"a"}, "*"));
  EXPECT_TRUE(CoversAll({"*"}));
  EXPECT_FALSE(CoversAll({"a"}));
}

TEST_F(DirectoryTest, AUserHasANameRolesAndAccountsThatCanBe) {
  EXPECT_TRUE(directory_.CanCreate(Named("bob.2", {Role::kViewer})).ok());
  EXPECT_EQ(FieldOf(directory_.CanCreate(Named("Bob", {Role::kViewer}))), "name");
  EXPECT_EQ(FieldOf(directory_.CanCreate(Named("", {Role::kViewer}))), "name");
  EXPECT_EQ(FieldOf(directory_.CanCreate(Named("bob", {}))), "roles");
  EXPECT_EQ(FieldOf(directory_.CanCreate(Named("bob", {Role::kViewer}, {"a b"}))), "accounts");
  EXPECT_TRUE(absl::IsAlreadyExists(directory_.CanCreate(Named("ann", {Role::kViewer}))));
}

TEST_F(DirectoryTest, ThereAreNoMoreUsersThanCanBe) {
  directory_.Apply(Putting(Named("c", {Role::kViewer})));
  directory_.Apply(Putting(Named("d", {Role::kViewer})));
  EXPECT_TRUE(absl::IsResourceExhausted(directory_.CanCreate(Named("e", {Role::kViewer}))));
}

TEST_F(DirectoryTest, TheLastAdminStays) {
  User admin = *directory_.FindUser("admin");
  admin.disabled = true;
  EXPECT_TRUE(absl::IsFailedPrecondition(directory_.CanUpdate(admin)));
  EXPECT_TRUE(absl::IsFailedPrecondition(directory_.CanUpdate(Named("admin", {Role::kTrader}))));
  directory_.Apply(Putting(Named("root", {Role::kAdmin})));
  EXPECT_TRUE(directory_.CanUpdate(admin).ok()) << "there is another";
  EXPECT_TRUE(absl::IsNotFound(directory_.CanUpdate(Named("nobody", {Role::kTrader}))));
}

TEST_F(DirectoryTest, AKeyIsNeverMoreThanItsUser) {
  EXPECT_TRUE(CreateKey(Scope::kTrade).ok());
  EXPECT_EQ(FieldOf(CreateKey(Scope::kRisk)), "scopes");
  EXPECT_EQ(FieldOf(CreateKey(Scope::kRead, {"other"})), "accounts");
  EXPECT_EQ(FieldOf(CreateKey(Scope::kRead, {"*"})), "accounts");
  EXPECT_EQ(FieldOf(CreateKey(Scope::kRead, {}, "two\nlines")), "label");
}

TEST_F(DirectoryTest, LivingKeysAreCountedOthersAreNot) {
  EXPECT_TRUE(CreateKey(Scope::kRead).ok());
  EXPECT_TRUE(CreateKey(Scope::kRead).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(CreateKey(Scope::kRead)));
  Event revoking;
  revoking.key = *directory_.FindKey("k0");
  revoking.key->revoked = kNow;
  directory_.Apply(revoking);
  EXPECT_TRUE(CreateKey(Scope::kRead).ok());
}

TEST_F(DirectoryTest, OneSessionTooManyEndsTheOldest) {
  directory_.Apply(Opening("s1", "ann", 1));
  directory_.Apply(Opening("s2", "ann", 2));
  directory_.Apply(Opening("s3", "admin", 3));
  directory_.Apply(Opening("s4", "ann", 4));
  EXPECT_EQ(directory_.FindSession("s1"), nullptr);
  EXPECT_NE(directory_.FindSession("s2"), nullptr);
  EXPECT_NE(directory_.FindSession("s3"), nullptr);
}

TEST_F(DirectoryTest, SessionsEndOneByOneAllButOneOrByTime) {
  directory_.Apply(Opening("s1", "ann", 1));
  directory_.Apply(Opening("s2", "ann", 2));
  Event all_but_one;
  all_but_one.ended_sessions = "ann";
  all_but_one.kept_session = "s2";
  directory_.Apply(all_but_one);
  EXPECT_EQ(directory_.FindSession("s1"), nullptr);
  EXPECT_NE(directory_.FindSession("s2"), nullptr);
  directory_.DropExpired(kNow + kDay - Duration{1});
  EXPECT_NE(directory_.FindSession("s2"), nullptr);
  directory_.DropExpired(kNow + kDay);
  EXPECT_EQ(directory_.FindSession("s2"), nullptr);
  directory_.Apply(Opening("s3", "ann", 3));
  Event one;
  one.ended_session = "s3";
  directory_.Apply(one);
  EXPECT_TRUE(directory_.sessions().empty());
}

}  // namespace
}  // namespace tw::auth
