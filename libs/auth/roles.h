// Roles and what they allow. A role is given to a user, a scope is what a request needs; an API key
// has scopes of its own, of which those count that its user's roles allow too. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::auth {

enum class Role : uint8_t { kViewer, kTrader, kRiskOfficer, kOperator, kAdmin };
enum class Scope : uint8_t { kRead, kTrade, kCancel, kRisk, kOperate, kAdmin };

inline constexpr int kRoles = 5;
inline constexpr int kScopes = 6;

std::string_view NameOf(Role role);
std::string_view NameOf(Scope scope);
std::optional<Role> ParseRole(std::string_view name);
std::optional<Scope> ParseScope(std::string_view name);

// A set of scopes.
class Scopes {
 public:
  constexpr Scopes() = default;
  static constexpr Scopes All() { return Scopes((1U << kScopes) - 1); }

  constexpr bool Has(Scope scope) const { return (bits_ & Bit(scope)) != 0; }
  constexpr void Add(Scope scope) { bits_ |= Bit(scope); }
  constexpr bool empty() const { return bits_ == 0; }
  std::vector<std::string> Names() const;

  friend constexpr Scopes operator&(Scopes a, Scopes b) { return Scopes(a.bits_ & b.bits_); }
  friend constexpr Scopes operator|(Scopes a, Scopes b) { return Scopes(a.bits_ | b.bits_); }
  friend constexpr bool operator==(Scopes a, Scopes b) = default;

 private:
  constexpr explicit Scopes(unsigned bits) : bits_(bits) {}
  static constexpr unsigned Bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }

  unsigned bits_ = 0;
};

// An admin may do everything, so that a desk of one can work; the others only what is theirs.
Scopes ScopesOf(Role role);
Scopes ScopesOf(const std::vector<Role>& roles);

}  // namespace tw::auth
