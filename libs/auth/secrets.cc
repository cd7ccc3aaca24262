#include "libs/auth/secrets.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"

namespace tw::auth {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kIdBytes = 9;  // 12 letters
constexpr std::string_view kSession = "tws_";
constexpr std::string_view kKey = "twk_";

void Init() {
  static const bool ready = sodium_init() >= 0;
  TW_CHECK(ready);
}

// Letters, digits, '-' and '.': '_' parts a token, so base64's is taken out.
std::string Encode(const unsigned char* bytes, size_t count) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(count, kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes, count, kVariant);
  text.pop_back();  // the NUL
  for (char& c : text) {
    c = c == '_' ? '.' : c;
  }
  return text;
}

template <size_t kCount>
std::string Random() {
  Init();
  std::array<unsigned char, kCount> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return Encode(bytes.data(), bytes.size());
}

}  // namespace

absl::Status CheckPassword(std::string_view password, std::string_view field) {
  if (password.size() < kPasswordMin || password.size() > kPasswordMax) {
    return FieldError(field, "must be 12 to 256 characters");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> HashPassword(const std::string& password, HashCost cost) {
  Init();
  const bool least = cost == HashCost::kLeast;
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(
          hash.data(), password.data(), password.size(),
          least ? crypto_pwhash_argon2id_OPSLIMIT_MIN : crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
          least ? crypto_pwhash_argon2id_MEMLIMIT_MIN : crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE,
          crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return absl::ResourceExhaustedError("no memory to hash a password in");
  }
  return std::string(hash.data());
}

bool IsPassword(const std::string& password, const std::string& hash) {
  Init();
  return password.size() <= kPasswordMax && hash.size() < crypto_pwhash_STRBYTES &&
         crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string NewPassword() {
  Init();
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789";
  constexpr int kGroups = 5;
  constexpr int kLettersOfGroup = 5;
  std::string password;
  for (int group = 0; group < kGroups; ++group) {
    password += group == 0 ? "" : "-";
    for (int i = 0; i < kLettersOfGroup; ++i) {
      password += kLetters[randombytes_uniform(static_cast<uint32_t>(kLetters.size()))];
    }
  }
  return password;
}

std::string Token::Text() const {
  std::string text(kind == TokenKind::kSession ? kSession : kKey);
  return text.append(id).append("_").append(secret);
}

Token NewToken(TokenKind kind) {
  std::string id = Random<kIdBytes>();
  while (!absl::ascii_isalnum(static_cast<unsigned char>(id.front()))) {
    id = Random<kIdBytes>();
  }
  return {kind, std::move(id), Random<kSecretBytes>()};
}

std::optional<Token> ParseToken(std::string_view text) {
  constexpr size_t kIdLetters = 12;
  constexpr size_t kSecretLetters = 43;
  if (text.size() != kSession.size() + kIdLetters + 1 + kSecretLetters ||
      text[kSession.size() + kIdLetters] != '_') {
    return std::nullopt;
  }
  const std::string_view kind = text.substr(0, kSession.size());
  if (kind != kSession && kind != kKey) {
    return std::nullopt;
  }
  Token token;
  token.kind = kind == kSession ? TokenKind::kSession : TokenKind::kKey;
  token.id = std::string(text.substr(kSession.size(), kIdLetters));
  token.secret = std::string(text.substr(kSession.size() + kIdLetters + 1));
  return token;
}

std::string HashSecret(std::string_view secret) {
  Init();
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), nullptr,
                     0);
  return Encode(hash.data(), hash.size());
}

bool SameText(std::string_view a, std::string_view b) {
  Init();
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomText() {
  return Random<kSecretBytes>();
}

}  // namespace tw::auth
