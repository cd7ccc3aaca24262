#include "libs/auth/event_codec.h"

#include <gtest/gtest.h>

namespace tw::auth {
namespace {

Scopes ReadAndTrade() {
  Scopes scopes;
  scopes.Add(Scope::kRead);
  scopes.Add(Scope::kTrade);
  return scopes;
}

TEST(EventCodecTest, AnEventGoesThereAndBack) {
  Event event;
  event.time = Timestamp{1'700'000'000'123'456'789};
  event.kind = "user_changed";
  event.actor = "admin";
  event.subject = "ann";
  event.text = "roles trader";
  event.peer = "127.0.0.1:5";
  event.ended_session = "s1";
  event.ended_sessions = "ann";
  event.kept_session = "s2";
  event.user =
      User{"ann",        "$argon2id$x", {Role::kTrader, Role::kRiskOfficer}, {"demo", "*"}, true,
           Timestamp{5}, Timestamp{6}};
  event.key = Key{"k1",     "hash",       "ann",        "my \"bot\"", ReadAndTrade(),
                  {"demo"}, Timestamp{7}, Timestamp{8}, Timestamp{9}};
  event.session = Session{"s3", "hash", "ann", "csrf", Timestamp{10}, Timestamp{11}};
  const auto back = Decode(Encode(event));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(Encode(*back), Encode(event));
  EXPECT_EQ(back->user->roles, event.user->roles);
  EXPECT_EQ(back->key->scopes, event.key->scopes);
  EXPECT_EQ(back->session->expires, event.session->expires);
}

TEST(EventCodecTest, WhatIsNoEventIsDamage) {
  for (const char* const bytes : {"", "{}", "[]", "{\"kind\":5}", "{\"kind\":\"login\""}) {
    EXPECT_EQ(Decode(bytes).status().code(), absl::StatusCode::kDataLoss) << bytes;
  }
}

}  // namespace
}  // namespace tw::auth
