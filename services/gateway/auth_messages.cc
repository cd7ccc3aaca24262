#include "services/gateway/auth_messages.h"

#include "libs/base/field_error.h"
#include "libs/convert/timestamps.h"

namespace tw::gateway {
namespace {

template <typename List>
void AddNames(const List& names, Names* out) {
  for (const auto& name : names) {
    *out->Add() = std::string(name);
  }
}

void AddRoles(const std::vector<auth::Role>& roles, Names* out) {
  for (const auth::Role role : roles) {
    *out->Add() = std::string(auth::NameOf(role));
  }
}

}  // namespace

absl::StatusOr<std::vector<auth::Role>> RolesOf(const Names& names) {
  std::vector<auth::Role> roles;
  for (const std::string& name : names) {
    const auto role = auth::ParseRole(name);
    if (!role) {
      return FieldError("roles", "no role '" + name.substr(0, 32) +
                                     "'; there are viewer, trader, risk_officer, operator, admin");
    }
    roles.push_back(*role);
  }
  return roles;
}

absl::StatusOr<auth::Scopes> ScopesOf(const Names& names) {
  auth::Scopes scopes;
  for (const std::string& name : names) {
    const auto scope = auth::ParseScope(name);
    if (!scope) {
      return FieldError("scopes", "no scope '" + name.substr(0, 32) +
                                      "'; there are read, trade, cancel, risk, operate, admin");
    }
    scopes.Add(*scope);
  }
  return scopes;
}

v1::User ToProto(const auth::User& user) {
  v1::User out;
  out.set_name(user.name);
  AddRoles(user.roles, out.mutable_roles());
  AddNames(user.accounts, out.mutable_accounts());
  out.set_disabled(user.disabled);
  ToTimestamp(user.created, out.mutable_created_time());
  ToTimestamp(user.updated, out.mutable_updated_time());
  return out;
}

v1::ApiKey ToProto(const auth::Key& key) {
  v1::ApiKey out;
  out.set_key_id(key.id);
  out.set_user(key.user);
  out.set_label(key.label);
  AddNames(key.scopes.Names(), out.mutable_scopes());
  AddNames(key.accounts, out.mutable_accounts());
  ToTimestamp(key.created, out.mutable_created_time());
  ToTimestamp(key.expires, out.mutable_expire_time());
  if (key.revoked.IsSet()) {
    ToTimestamp(key.revoked, out.mutable_revoked_time());
  }
  return out;
}

v1::AuditEntry ToProto(const auth::NumberedEvent& numbered) {
  const auth::Event& event = numbered.second;
  v1::AuditEntry out;
  out.set_sequence(numbered.first);
  ToTimestamp(event.time, out.mutable_time());
  out.set_kind(event.kind);
  out.set_user(event.actor);
  out.set_subject(event.subject);
  out.set_text(event.text);
  out.set_peer(event.peer);
  return out;
}

v1::Identity ToProto(const auth::Caller& caller) {
  const auth::Caller::Facts& facts = caller.facts();
  v1::Identity out;
  out.set_user(facts.user);
  AddRoles(facts.roles, out.mutable_roles());
  AddNames(facts.scopes.Names(), out.mutable_scopes());
  AddNames(facts.accounts, out.mutable_accounts());
  out.set_key_id(facts.key_id);
  out.set_csrf_token(facts.csrf);
  if (facts.expires.IsSet()) {
    ToTimestamp(facts.expires, out.mutable_expire_time());
  }
  return out;
}

}  // namespace tw::gateway
