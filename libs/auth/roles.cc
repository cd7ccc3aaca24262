#include "libs/auth/roles.h"

#include <array>

namespace tw::auth {
namespace {

constexpr std::array<std::string_view, kRoles> kRoleNames = {"viewer", "trader", "risk_officer",
                                                             "operator", "admin"};
constexpr std::array<std::string_view, kScopes> kScopeNames = {"read", "trade",   "cancel",
                                                               "risk", "operate", "admin"};

template <typename Enum, size_t kCount>
std::optional<Enum> Parse(const std::array<std::string_view, kCount>& names,
                          std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

Scopes Of(std::initializer_list<Scope> scopes) {
  Scopes set;
  for (const Scope scope : scopes) {
    set.Add(scope);
  }
  return set;
}

}  // namespace

std::string_view NameOf(Role role) {
  return kRoleNames[static_cast<size_t>(role)];
}
std::string_view NameOf(Scope scope) {
  return kScopeNames[static_cast<size_t>(scope)];
}
std::optional<Role> ParseRole(std::string_view name) {
  return Parse<Role>(kRoleNames, name);
}
std::optional<Scope> ParseScope(std::string_view name) {
  return Parse<Scope>(kScopeNames, name);
}

std::vector<std::string> Scopes::Names() const {
  std::vector<std::string> names;
  for (int i = 0; i < kScopes; ++i) {
    if (Has(static_cast<Scope>(i))) {
      names.emplace_back(kScopeNames[static_cast<size_t>(i)]);
    }
  }
  return names;
}

Scopes ScopesOf(Role role) {
  switch (role) {
    case Role::kViewer: return Of({Scope::kRead});
    case Role::kTrader: return Of({Scope::kRead, Scope::kTrade, Scope::kCancel});
    case Role::kRiskOfficer: return Of({Scope::kRead, Scope::kCancel, Scope::kRisk});
    case Role::kOperator: return Of({Scope::kRead, Scope::kCancel, Scope::kOperate});
    case Role::kAdmin: return Scopes::All();
  }
  return {};
}

Scopes ScopesOf(const std::vector<Role>& roles) {
  Scopes scopes;
  for (const Role role : roles) {
    scopes = scopes | ScopesOf(role);
  }
  return scopes;
}

}  // namespace tw::auth
