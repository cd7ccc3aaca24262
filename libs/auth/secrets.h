// Secrets: passwords, tokens, and what is stored of them. libsodium does the work.
//
//   password   argon2id, as crypto_pwhash_str writes it: 50 ms and 64 MiB of memory a try
//   token      kind, id and 32 random bytes: "tws_<id>_<secret>" of a session, "twk_<id>_<secret>"
//              of an API key. What is stored is the BLAKE2b-256 hash of the secret: it is random,
//              so no slow hash is needed, and a request costs a microsecond
//
// Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::auth {

enum class HashCost {
  kInteractive,
  kLeast,  // for tests
};

inline constexpr size_t kPasswordMin = 12;
inline constexpr size_t kPasswordMax = 256;

absl::Status CheckPassword(std::string_view password, std::string_view field);
absl::StatusOr<std::string> HashPassword(const std::string& password, HashCost cost);
bool IsPassword(const std::string& password, const std::string& hash);
// Easy to copy by hand: five groups of five letters and digits that no two of look alike.
std::string NewPassword();

enum class TokenKind { kSession, kKey };

struct Token {
  TokenKind kind = TokenKind::kSession;
  std::string id;
  std::string secret;

  std::string Text() const;
};

// The id begins with a letter or a digit: an operator types it, and a command line takes what
// begins with '-' for an option.
Token NewToken(TokenKind kind);
// nullopt for what is no token.
std::optional<Token> ParseToken(std::string_view text);
std::string HashSecret(std::string_view secret);
// Takes as long for any two texts of one length.
bool SameText(std::string_view a, std::string_view b);
std::string RandomText();  // 32 random bytes

}  // namespace tw::auth
