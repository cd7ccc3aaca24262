#include "libs/auth/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/field_error.h"
#include "libs/base/retry_hint.h"
#include "libs/journal/mem_file.h"

namespace tw::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "correct horse battery";
constexpr char kPeer[] = "10.0.0.1:4711";

class KeeperTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    keeper_.reset();
    auto opened = Keeper::Open(files_, clock_, Options());
    ASSERT_TRUE(opened.ok()) << opened.status();
    keeper_ = *std::move(opened);
    const auto password = keeper_->CreateFirstAdmin();
    ASSERT_TRUE(password.ok()) << password.status();
    if (*password) {
      admin_password_ = **password;
    }
  }
  static Keeper::Options Options() {
    Keeper::Options options;
    options.folder = "access";
    options.cost = HashCost::kLeast;
    options.segment_bytes = 64 << 10;
    return options;
  }
  Actor Admin() { return {keeper_->Login("admin", admin_password_, kPeer)->caller, kPeer}; }
  void AddAnn(std::vector<Role> roles = {Role::kTrader}, Accounts accounts = {"demo"}) {
    User user;
    user.name = "ann";
    user.roles = std::move(roles);
    user.accounts = std::move(accounts);
    ASSERT_TRUE(keeper_->CreateUser(Admin(), user, kPassword).ok());
  }
  absl::StatusOr<SignedIn> SignIn(const std::string& password = kPassword) {
    return keeper_->Login("ann", password, kPeer);
  }
  std::string MakeKey(const std::string& user = "ann") {
    Key key;
    key.user = user;
    key.scopes.Add(Scope::kRead);
    key.expires = clock_.Now() + Duration::Seconds(1'000);
    const auto made = keeper_->CreateKey(Admin(), key);
    EXPECT_TRUE(made.ok()) << made.status();
    return made->second;
  }
  std::string Kinds() {
    std::string kinds;
    const std::vector<NumberedEvent> events = keeper_->Read(1, 1'000).value();
    for (const auto& [number, event] : events) {
      kinds += (kinds.empty() ? "" : " ") + event.kind;
    }
    return kinds;
  }

  journal::MemFileSystem files_;
  ManualClock clock_{Timestamp{1'700'000'000'000'000'000}};
  std::unique_ptr<Keeper> keeper_;
  std::string admin_password_;
};

TEST_F(KeeperTest, TheFirstStartMakesAnAdminAndSaysItsPasswordOnce) {
  EXPECT_EQ(admin_password_.size(), 29U);
  EXPECT_TRUE(keeper_->Login("admin", admin_password_, kPeer).ok());
  EXPECT_FALSE(keeper_->CreateFirstAdmin()->has_value());
  Open();
  EXPECT_TRUE(keeper_->Login("admin", admin_password_, kPeer).ok()) << "also after a restart";
}

TEST_F(KeeperTest, ATokenIsWhoseItIs) {
  AddAnn();
  const auto ann = SignIn();
  ASSERT_TRUE(ann.ok()) << ann.status();
  const auto caller = keeper_->Authenticate(ann->token);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ((*caller)->user(), "ann");
  EXPECT_TRUE((*caller)->May(Scope::kTrade));
  EXPECT_FALSE((*caller)->May(Scope::kRisk));
  EXPECT_TRUE((*caller)->Covers("demo"));
  EXPECT_FALSE((*caller)->Covers("other"));
  EXPECT_FALSE((*caller)->facts().csrf.empty());
  std::string wrong = ann->token;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  EXPECT_TRUE(absl::IsUnauthenticated(keeper_->Authenticate(wrong).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(keeper_->Authenticate("nonsense").status()));
}

TEST_F(KeeperTest, WhoIsRefusedIsNotToldWhy) {
  AddAnn();
  const absl::Status wrong = SignIn("wrong horse battery").status();
  const absl::Status unknown = keeper_->Login("nobody", kPassword, kPeer).status();
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  EXPECT_EQ(wrong, unknown);
}

TEST_F(KeeperTest, FailedLoginsAreThrottledAndLoggedAndSayWhenToTryAgain) {
  AddAnn();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(absl::IsUnauthenticated(SignIn("wrong horse battery").status()));
  }
  const absl::Status throttled = SignIn().status();
  EXPECT_TRUE(absl::IsResourceExhausted(throttled)) << "even with the right password";
  EXPECT_EQ(RetryAfterOf(throttled), Duration::Seconds(1));
  clock_.Advance(Duration::Seconds(1));
  EXPECT_TRUE(SignIn().ok());
  ASSERT_TRUE(keeper_->Flush().ok());
  EXPECT_EQ(keeper_->Audit({.kind = "login_failed"})->size(), 5U);
}

TEST_F(KeeperTest, ASessionEndsByTimeByLogoutAndByANewPassword) {
  AddAnn();
  const auto first = SignIn();
  const auto second = SignIn();
  const auto third = SignIn();
  ASSERT_TRUE(keeper_->Logout({first->caller, kPeer}).ok());
  EXPECT_FALSE(keeper_->Authenticate(first->token).ok());
  EXPECT_FALSE(first->caller->Holds(clock_.Now())) << "its streams end too";
  EXPECT_EQ(FieldOf(keeper_->ChangePassword({second->caller, kPeer}, "wrong", kPassword).status()),
            "old_password");
  ASSERT_TRUE(
      keeper_->ChangePassword({second->caller, kPeer}, kPassword, "another horse battery").ok());
  EXPECT_TRUE(keeper_->Authenticate(second->token).ok()) << "the one that changed it stays";
  EXPECT_FALSE(keeper_->Authenticate(third->token).ok());
  EXPECT_FALSE(SignIn().ok());
  clock_.Advance(Duration::Seconds(12 * 3600));
  EXPECT_FALSE(keeper_->Authenticate(second->token).ok());
}

TEST_F(KeeperTest, AChangeOfRightsHoldsAtOnce) {
  AddAnn();
  const auto ann = SignIn();
  ASSERT_TRUE(keeper_->UpdateUser(Admin(), {.name = "ann", .roles = {{Role::kViewer}}}).ok());
  EXPECT_FALSE(ann->caller->Holds(clock_.Now()));
  EXPECT_FALSE((*keeper_->Authenticate(ann->token))->May(Scope::kTrade));
  ASSERT_TRUE(keeper_->UpdateUser(Admin(), {.name = "ann", .disabled = true}).ok());
  EXPECT_FALSE(keeper_->Authenticate(ann->token).ok());
  EXPECT_FALSE(SignIn().ok());
}

TEST_F(KeeperTest, AKeyIsWorthItsSecretUntilItIsRevokedOrOver) {
  AddAnn();
  const std::string secret = MakeKey();
  const auto caller = keeper_->Authenticate(secret);
  ASSERT_TRUE(caller.ok());
  EXPECT_TRUE((*caller)->May(Scope::kRead));
  EXPECT_FALSE((*caller)->May(Scope::kTrade)) << "its user may, the key may not";
  const std::string id = (*caller)->facts().key_id;
  ASSERT_TRUE(keeper_->RevokeKey(Admin(), id).ok());
  EXPECT_FALSE(keeper_->Authenticate(secret).ok());
  EXPECT_FALSE((*caller)->Holds(clock_.Now()));
  const std::string other = MakeKey();
  clock_.Advance(Duration::Seconds(1'000));
  EXPECT_FALSE(keeper_->Authenticate(other).ok());
}

TEST_F(KeeperTest, AnothersKeyIsRevokedByAdminsOnly) {
  AddAnn();
  const std::string secret = MakeKey("admin");
  const std::string id = (*keeper_->Authenticate(secret))->facts().key_id;
  EXPECT_TRUE(absl::IsNotFound(keeper_->RevokeKey({SignIn()->caller, kPeer}, id).status()));
}

TEST_F(KeeperTest, EverythingIsThereAgainAfterAPowerCut) {
  AddAnn();
  const auto ann = SignIn();
  const std::string secret = MakeKey();
  keeper_.reset();
  files_.LoseUnsynced();
  Open();
  EXPECT_TRUE(keeper_->Authenticate(ann->token).ok());
  EXPECT_TRUE(keeper_->Authenticate(secret).ok());
  EXPECT_EQ(keeper_->Users().size(), 2U);
}

TEST_F(KeeperTest, NothingThatWasAnsweredIsLostByACrashAtAnyByte) {
  AddAnn();
  keeper_.reset();
  const auto image = files_.Image();
  bool whole = false;
  for (uint64_t bytes = 0; !whole; bytes += 7) {
    SCOPED_TRACE(bytes);
    files_.LiftFaults();
    files_.SetImage(image);
    Open();
    files_.CrashAfter(bytes);
    const auto ann = SignIn();
    const auto key = [&]() -> absl::StatusOr<std::pair<Key, std::string>> {
      if (!ann.ok()) {
        return ann.status();
      }
      Key wanted;
      wanted.user = "ann";
      wanted.scopes.Add(Scope::kTrade);
      wanted.expires = clock_.Now() + Duration::Seconds(60);
      return keeper_->CreateKey({ann->caller, kPeer}, wanted);
    }();
    whole = key.ok();
    keeper_.reset();
    files_.LiftFaults();
    files_.LoseUnsynced();
    Open();
    if (ann.ok()) {
      EXPECT_TRUE(keeper_->Authenticate(ann->token).ok());
    }
    if (key.ok()) {
      EXPECT_TRUE(keeper_->Authenticate(key->second).ok());
    }
    EXPECT_TRUE(SignIn().ok()) << "and the door opens";
  }
}

TEST_F(KeeperTest, NoSecretIsInTheJournal) {
  AddAnn();
  const auto ann = SignIn();
  const std::string secret = MakeKey();
  for (const auto& [path, bytes] : files_.Image()) {
    EXPECT_THAT(bytes, Not(HasSubstr(kPassword)));
    EXPECT_THAT(bytes, Not(HasSubstr(admin_password_)));
    EXPECT_THAT(bytes, Not(HasSubstr(ParseToken(ann->token)->secret)));
    EXPECT_THAT(bytes, Not(HasSubstr(ParseToken(secret)->secret)));
  }
}

TEST_F(KeeperTest, TheLogSaysWhatWasDone) {
  AddAnn();
  EXPECT_EQ(Kinds(), "user_created login user_created");
  const std::vector<NumberedEvent> events = keeper_->Read(3, 1).value();
  EXPECT_EQ(events[0].second.actor, "admin");
  EXPECT_EQ(events[0].second.subject, "ann");
  EXPECT_EQ(events[0].second.text, "roles trader; accounts demo");
  EXPECT_EQ(events[0].second.peer, kPeer);
  EXPECT_EQ(keeper_->Audit({.limit = 1})->front().first, 3U) << "the newest";
  EXPECT_EQ(keeper_->Audit({.after = 1, .limit = 1})->front().first, 2U);
  EXPECT_EQ(keeper_->Audit({.user = "admin"})->size(), 2U);
}

TEST_F(KeeperTest, AFloodOfRefusalsIsCountedNotWritten) {
  for (int i = 0; i < 1'000; ++i) {
    keeper_->Add({.kind = "denied", .user = "", .subject = "x", .text = "", .peer = kPeer});
  }
  ASSERT_TRUE(keeper_->Flush().ok());
  EXPECT_EQ(keeper_->Audit({.kind = "denied"})->size(), 20U);
  EXPECT_EQ(keeper_->Audit({.kind = "notes_left_out"})->front().second.text,
            "980 more came than are written in a second");
}

}  // namespace
}  // namespace tw::auth
