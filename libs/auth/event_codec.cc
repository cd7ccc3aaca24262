#include "libs/auth/event_codec.h"

#include <nlohmann/json.hpp>

namespace tw::auth {
namespace {

using nlohmann::json;

json NamesOf(const std::vector<Role>& roles) {
  json names = json::array();
  for (const Role role : roles) {
    names.push_back(std::string(NameOf(role)));
  }
  return names;
}

std::string Text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Timestamp Time(const json& object, const char* name) {
  const auto found = object.find(name);
  return Timestamp{found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0};
}

std::vector<std::string> Texts(const json& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found != object.end() && found->is_array()) {
    for (const json& text : *found) {
      if (text.is_string()) {
        texts.push_back(text.get<std::string>());
      }
    }
  }
  return texts;
}

Scopes ToScopes(const std::vector<std::string>& names) {
  Scopes scopes;
  for (const std::string& name : names) {
    if (const auto scope = ParseScope(name)) {
      scopes.Add(*scope);
    }
  }
  return scopes;
}

User ToUser(const json& object) {
  User user;
  user.name = Text(object, "name");
  user.password_hash = Text(object, "password_hash");
  for (const std::string& name : Texts(object, "roles")) {
    if (const auto role = ParseRole(name)) {
      user.roles.push_back(*role);
    }
  }
  user.accounts = Texts(object, "accounts");
  user.disabled = object.value("disabled", false);
  user.created = Time(object, "created");
  user.updated = Time(object, "updated");
  return user;
}

Key ToKey(const json& object) {
  return {Text(object, "id"),      Text(object, "secret_hash"),       Text(object, "user"),
          Text(object, "label"),   ToScopes(Texts(object, "scopes")), Texts(object, "accounts"),
          Time(object, "created"), Time(object, "expires"),           Time(object, "revoked")};
}

Session ToSession(const json& object) {
  return {Text(object, "id"),   Text(object, "secret_hash"), Text(object, "user"),
          Text(object, "csrf"), Time(object, "created"),     Time(object, "expires")};
}

}  // namespace

std::string Encode(const Event& event) {
  json object = {{"time", event.time.ns}, {"kind", event.kind}};
  const auto put = [&](const char* name, const std::string& text) {
    if (!text.empty()) {
      object[name] = text;
    }
  };
  put("actor", event.actor);
  put("subject", event.subject);
  put("text", event.text);
  put("peer", event.peer);
  put("ended_session", event.ended_session);
  put("ended_sessions", event.ended_sessions);
  put("kept_session", event.kept_session);
  if (event.user) {
    const User& user = *event.user;
    object["user"] = {{"name", user.name},
                      {"password_hash", user.password_hash},
                      {"roles", NamesOf(user.roles)},
                      {"accounts", user.accounts},
                      {"disabled", user.disabled},
                      {"created", user.created.ns},
                      {"updated", user.updated.ns}};
  }
  if (event.key) {
    const Key& key = *event.key;
    object["key"] = {{"id", key.id},
                     {"secret_hash", key.secret_hash},
                     {"user", key.user},
                     {"label", key.label},
                     {"scopes", key.scopes.Names()},
                     {"accounts", key.accounts},
                     {"created", key.created.ns},
                     {"expires", key.expires.ns},
                     {"revoked", key.revoked.ns}};
  }
  if (event.session) {
    const Session& session = *event.session;
    object["session"] = {{"id", session.id},
                         {"secret_hash", session.secret_hash},
                         {"user", session.user},
                         {"csrf", session.csrf},
                         {"created", session.created.ns},
                         {"expires", session.expires.ns}};
  }
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<Event> Decode(std::string_view bytes) {
  const json object = json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || Text(object, "kind").empty()) {
    return absl::DataLossError("a record of the access journal is no event");
  }
  Event event;
  event.time = Time(object, "time");
  event.kind = Text(object, "kind");
  event.actor = Text(object, "actor");
  event.subject = Text(object, "subject");
  event.text = Text(object, "text");
  event.peer = Text(object, "peer");
  event.ended_session = Text(object, "ended_session");
  event.ended_sessions = Text(object, "ended_sessions");
  event.kept_session = Text(object, "kept_session");
  if (const auto user = object.find("user"); user != object.end() && user->is_object()) {
    event.user = ToUser(*user);
  }
  if (const auto key = object.find("key"); key != object.end() && key->is_object()) {
    event.key = ToKey(*key);
  }
  if (const auto session = object.find("session");
      session != object.end() && session->is_object()) {
    event.session = ToSession(*session);
  }
  return event;
}

}  // namespace tw::auth
