#include "libs/auth/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"

namespace tw::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(SecretsTest, PasswordsAreStoredByArgon2id) {
  const std::string hash = *HashPassword("correct horse battery", HashCost::kLeast);
  EXPECT_THAT(hash, StartsWith("$argon2id$"));
  EXPECT_THAT(hash, Not(HasSubstr("horse")));
  EXPECT_TRUE(IsPassword("correct horse battery", hash));
  EXPECT_FALSE(IsPassword("correct horse batterx", hash));
  EXPECT_FALSE(IsPassword("", hash));
  EXPECT_FALSE(IsPassword("correct horse battery", "no hash"));
  EXPECT_NE(hash, *HashPassword("correct horse battery", HashCost::kLeast)) << "salted";
}

TEST(SecretsTest, TheCostInUseIsThatOfInteractiveLogins) {
  EXPECT_THAT(*HashPassword("correct horse battery", HashCost::kInteractive),
              HasSubstr("m=65536,t=2"));
}

TEST(SecretsTest, PasswordsHaveALength) {
  EXPECT_FALSE(CheckPassword("elevenchars", "password").ok());
  EXPECT_TRUE(CheckPassword("twelve chars", "password").ok());
  EXPECT_FALSE(CheckPassword(std::string(257, 'x'), "password").ok());
  EXPECT_TRUE(CheckPassword(NewPassword(), "password").ok());
}

TEST(SecretsTest, TokensGoThereAndBack) {
  std::set<std::string> seen;
  for (const TokenKind kind : {TokenKind::kSession, TokenKind::kKey}) {
    for (int i = 0; i < 100; ++i) {
      const Token token = NewToken(kind);
      const auto parsed = ParseToken(token.Text());
      ASSERT_TRUE(parsed.has_value()) << token.Text();
      EXPECT_EQ(parsed->kind, kind);
      EXPECT_EQ(parsed->id, token.id);
      EXPECT_EQ(parsed->secret, token.secret);
      EXPECT_TRUE(seen.insert(token.secret).second);
    }
  }
}

// `tradewind key revoke -x9...` would be read as options: one id of 64 was such.
TEST(SecretsTest, AnIdCanBeTypedOnACommandLine) {
  for (int i = 0; i < 2000; ++i) {
    const Token token = NewToken(TokenKind::kKey);
    EXPECT_TRUE(absl::ascii_isalnum(static_cast<unsigned char>(token.id.front()))) << token.id;
  }
}

TEST(SecretsTest, WhatIsNoTokenIsTold) {
  const std::string token = NewToken(TokenKind::kKey).Text();
  EXPECT_FALSE(ParseToken("").has_value());
  EXPECT_FALSE(ParseToken(token.substr(1)).has_value());
  EXPECT_FALSE(ParseToken(token + "x").has_value());
  EXPECT_FALSE(ParseToken("twx_" + token.substr(4)).has_value());
}

TEST(SecretsTest, TextsAreComparedWhole) {
  EXPECT_TRUE(SameText("abc", "abc"));
  EXPECT_FALSE(SameText("abc", "abd"));
  EXPECT_FALSE(SameText("abc", "ab"));
  EXPECT_TRUE(SameText("", ""));
}

}  // namespace
}  // namespace tw::auth
