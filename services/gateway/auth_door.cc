#include "services/gateway/auth_door.h"

#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/gateway/auth_messages.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {
namespace {

using auth::Actor;
using auth::CallerPtr;

// Hashing takes 64 MiB a try; more tries than these wait, more than those are refused.
constexpr size_t kWorkers = 2;
constexpr size_t kWaitingMax = 64;
constexpr int kDaysDefault = 90;
constexpr int kDaysMax = 366;
constexpr int kDaySeconds = 86'400;
constexpr int kAuditDefault = 100;
constexpr int kAuditMax = 1'000;
constexpr int kHttpNoContent = 204;

absl::Status Local() {
  return absl::FailedPreconditionError(
      "nobody signs in here: the platform runs with security = local");
}

std::string Cookie(const std::string& token, bool tls, int64_t seconds) {
  return std::string(kSessionCookie) + "=" + token +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
         (tls ? "; Secure" : "");
}

// A key can be given no more than who makes it has, even where its user has more.
absl::Status HoldKey(const auth::Caller& caller, auth::Key& key) {
  const bool by_admin = caller.May(auth::Scope::kAdmin);
  if (key.user != caller.user() && !by_admin) {
    return absl::PermissionDeniedError("only an admin makes keys for others");
  }
  if (!by_admin && (key.scopes & caller.facts().scopes) != key.scopes) {
    return FieldError("scopes", "must be among your own");
  }
  if (by_admin || caller.CoversAll()) {
    return absl::OkStatus();
  }
  if (key.accounts.empty()) {
    key.accounts = caller.facts().accounts;
  }
  for (const std::string& account : key.accounts) {
    if (!caller.Covers(account)) {
      return FieldError("accounts", "you are not entitled to " + account);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<auth::Key> KeyOf(const Actor& actor, const v1::CreateKeyRequest& request) {
  auth::Key key;
  key.user = request.user().empty() ? actor.caller->user() : request.user();
  key.label = request.label();
  TW_ASSIGN_OR_RETURN(key.scopes, ScopesOf(request.scopes()));
  if (key.scopes.empty()) {
    key.scopes.Add(auth::Scope::kRead);
  }
  key.accounts.assign(request.accounts().begin(), request.accounts().end());
  if (request.days() < 0 || request.days() > kDaysMax) {
    return FieldError("days", "must be 1 to 366");
  }
  const int days = request.days() == 0 ? kDaysDefault : request.days();
  key.expires = SystemClock().Now() + Duration::Seconds(int64_t{days} * kDaySeconds);
  TW_RETURN_IF_ERROR(HoldKey(*actor.caller, key));
  return key;
}

absl::StatusOr<auth::UserChange> ChangeOf(const v1::UpdateUserRequest& request) {
  auth::UserChange change;
  change.name = request.name();
  if (!request.password().empty()) {
    change.password = request.password();
  }
  if (!request.roles().empty()) {
    TW_ASSIGN_OR_RETURN(change.roles, RolesOf(request.roles()));
  }
  if (!request.accounts().empty()) {
    const bool none = request.accounts_size() == 1 && request.accounts(0) == "-";
    change.accounts = none ? auth::Accounts()
                           : auth::Accounts(request.accounts().begin(), request.accounts().end());
  }
  if (request.has_disabled()) {
    change.disabled = request.disabled();
  }
  return change;
}

}  // namespace

AuthDoor::AuthDoor(Door& door, std::function<void(const std::string& user)> signed_in)
    : door_(door),
      signed_in_(std::move(signed_in)),
      work_({.name = "sign-ins", .waiting_max = kWaitingMax, .threads = kWorkers}) {}

template <typename Response>
void AuthDoor::Post(Done<Response> done, std::function<absl::StatusOr<Response>()> work) {
  if (!door_.secure()) {
    done(Local());
    return;
  }
  work_.Post({.run = [done, work = std::move(work)] { done(work()); },
              .refuse = [done](const absl::Status& status) { done(status); }});
}

v1::Identity AuthDoor::IdentityOf(const auth::Caller& caller) const {
  v1::Identity identity = ToProto(caller);
  identity.set_security(door_.secure() ? "secure" : "local");
  return identity;
}

void AuthDoor::Login(const Actor& actor,
                     const v1::LoginRequest& request,
                     Done<v1::LoginResponse> done) {
  Post<v1::LoginResponse>(
      std::move(done), [this, request, peer = actor.peer]() -> absl::StatusOr<v1::LoginResponse> {
        TW_ASSIGN_OR_RETURN(const auth::SignedIn signed_in,
                            door_.keeper()->Login(request.user(), request.password(), peer));
        if (signed_in_) {
          signed_in_(request.user());
        }
        v1::LoginResponse response;
        response.set_token(signed_in.token);
        *response.mutable_identity() = IdentityOf(*signed_in.caller);
        return response;
      });
}

void AuthDoor::Logout(const Actor& actor, const v1::LogoutRequest&, Done<v1::LogoutResponse> done) {
  Post<v1::LogoutResponse>(std::move(done), [this, actor]() -> absl::StatusOr<v1::LogoutResponse> {
    TW_RETURN_IF_ERROR(door_.keeper()->Logout(actor));
    return v1::LogoutResponse();
  });
}

void AuthDoor::WhoAmI(const Actor& actor, const v1::WhoAmIRequest&, Done<v1::Identity> done) {
  done(IdentityOf(door_.Of(actor.caller)));
}

void AuthDoor::ChangePassword(const Actor& actor,
                              const v1::ChangePasswordRequest& request,
                              Done<v1::User> done) {
  Post<v1::User>(std::move(done), [this, actor, request]() -> absl::StatusOr<v1::User> {
    if (!actor.caller->facts().key_id.empty()) {
      return absl::PermissionDeniedError("a key does not change a password; sign in");
    }
    TW_ASSIGN_OR_RETURN(
        const auth::User user,
        door_.keeper()->ChangePassword(actor, request.old_password(), request.new_password()));
    return ToProto(user);
  });
}

void AuthDoor::ListUsers(const Actor&,
                         const v1::ListUsersRequest&,
                         Done<v1::ListUsersResponse> done) {
  if (!door_.secure()) {
    done(Local());
    return;
  }
  v1::ListUsersResponse response;
  for (const auth::User& user : door_.keeper()->Users()) {
    *response.add_users() = ToProto(user);
  }
  done(std::move(response));
}

void AuthDoor::CreateUser(const Actor& actor,
                          const v1::CreateUserRequest& request,
                          Done<v1::User> done) {
  Post<v1::User>(std::move(done), [this, actor, request]() -> absl::StatusOr<v1::User> {
    auth::User user;
    user.name = request.name();
    TW_ASSIGN_OR_RETURN(user.roles, RolesOf(request.roles()));
    user.accounts.assign(request.accounts().begin(), request.accounts().end());
    TW_ASSIGN_OR_RETURN(const auth::User made,
                        door_.keeper()->CreateUser(actor, std::move(user), request.password()));
    return ToProto(made);
  });
}

void AuthDoor::UpdateUser(const Actor& actor,
                          const v1::UpdateUserRequest& request,
                          Done<v1::User> done) {
  Post<v1::User>(std::move(done), [this, actor, request]() -> absl::StatusOr<v1::User> {
    TW_ASSIGN_OR_RETURN(const auth::UserChange change, ChangeOf(request));
    TW_ASSIGN_OR_RETURN(const auth::User user, door_.keeper()->UpdateUser(actor, change));
    return ToProto(user);
  });
}

void AuthDoor::ListKeys(const Actor& actor,
                        const v1::ListKeysRequest& request,
                        Done<v1::ListKeysResponse> done) {
  if (!door_.secure()) {
    done(Local());
    return;
  }
  const std::string& me = actor.caller->user();
  const std::string user = request.user().empty() ? me : request.user();
  if (user != me && !actor.caller->May(auth::Scope::kAdmin)) {
    done(absl::PermissionDeniedError("only an admin sees the keys of others"));
    return;
  }
  v1::ListKeysResponse response;
  for (const auth::Key& key : door_.keeper()->Keys(user)) {
    *response.add_keys() = ToProto(key);
  }
  done(std::move(response));
}

void AuthDoor::CreateKey(const Actor& actor,
                         const v1::CreateKeyRequest& request,
                         Done<v1::CreateKeyResponse> done) {
  Post<v1::CreateKeyResponse>(
      std::move(done), [this, actor, request]() -> absl::StatusOr<v1::CreateKeyResponse> {
        TW_ASSIGN_OR_RETURN(auth::Key key, KeyOf(actor, request));
        TW_ASSIGN_OR_RETURN(const auto made, door_.keeper()->CreateKey(actor, std::move(key)));
        v1::CreateKeyResponse response;
        *response.mutable_key() = ToProto(made.first);
        response.set_secret(made.second);
        return response;
      });
}

void AuthDoor::RevokeKey(const Actor& actor,
                         const v1::RevokeKeyRequest& request,
                         Done<v1::ApiKey> done) {
  Post<v1::ApiKey>(std::move(done), [this, actor, request]() -> absl::StatusOr<v1::ApiKey> {
    TW_ASSIGN_OR_RETURN(const auth::Key key, door_.keeper()->RevokeKey(actor, request.key_id()));
    return ToProto(key);
  });
}

void AuthDoor::GetQuota(const Actor& actor,
                        const v1::GetQuotaRequest& request,
                        Done<v1::GetQuotaResponse> done) {
  done(door_.ReadQuotas(actor.caller, request.account()));
}

void AuthDoor::ListAudit(const Actor&,
                         const v1::ListAuditRequest& request,
                         Done<v1::ListAuditResponse> done) {
  if (request.limit() < 0 || request.limit() > kAuditMax) {
    done(FieldError("limit", "must be 1 to 1000"));
    return;
  }
  Post<v1::ListAuditResponse>(
      std::move(done), [this, request]() -> absl::StatusOr<v1::ListAuditResponse> {
        auth::AuditQuery query;
        query.after = request.after();
        query.limit = static_cast<size_t>(request.limit() == 0 ? kAuditDefault : request.limit());
        query.user = request.user();
        query.kind = request.kind();
        TW_RETURN_IF_ERROR(door_.keeper()->Flush());
        TW_ASSIGN_OR_RETURN(const auto events, door_.keeper()->Audit(query));
        v1::ListAuditResponse response;
        for (const auth::NumberedEvent& event : events) {
          *response.add_entries() = ToProto(event);
        }
        response.set_head(door_.keeper()->head());
        return response;
      });
}

// --- gRPC ----------------------------------------------------------------------------------------

template <typename Request, typename Response>
void AuthDoor::AddMethod(rpc::Service& service,
                         const char* name,
                         Handler<Request, Response> handler) {
  service.Unary<Request, Response>(
      name, [this, handler, right = std::string("AuthService/") + name](
                const Request& request, rpc::Reply<Response> reply) {
        const Actor actor{reply.context().caller(), reply.context().peer()};
        Request admitted = request;
        if (const absl::Status held = door_.Admit(actor.caller, right, admitted); !held.ok()) {
          reply.Fail(held);
          return;
        }
        (this->*handler)(actor, admitted,
                         [reply](const absl::StatusOr<Response>& answer) { reply.Send(answer); });
      });
}

void AuthDoor::Register(rpc::Server& server) {
  rpc::Service service("tradewind.v1.AuthService");
  AddMethod(service, "Login", &AuthDoor::Login);
  AddMethod(service, "Logout", &AuthDoor::Logout);
  AddMethod(service, "WhoAmI", &AuthDoor::WhoAmI);
  AddMethod(service, "ChangePassword", &AuthDoor::ChangePassword);
  AddMethod(service, "ListUsers", &AuthDoor::ListUsers);
  AddMethod(service, "CreateUser", &AuthDoor::CreateUser);
  AddMethod(service, "UpdateUser", &AuthDoor::UpdateUser);
  AddMethod(service, "ListKeys", &AuthDoor::ListKeys);
  AddMethod(service, "CreateKey", &AuthDoor::CreateKey);
  AddMethod(service, "RevokeKey", &AuthDoor::RevokeKey);
  AddMethod(service, "GetQuota", &AuthDoor::GetQuota);
  AddMethod(service, "ListAudit", &AuthDoor::ListAudit);
  server.Add(service);
}

// --- REST ----------------------------------------------------------------------------------------

namespace {

// One route of AuthService.
template <typename Request, typename Response>
struct AuthRoute {
  const char* verb = "";
  const char* pattern = "";
  const char* right = "";
  std::function<void(const Actor&, const Request&, Done<Response>)> handler;
  Render<Response> render = RenderMessage<Response>;
  Fill<Request> fill = nullptr;
};

template <typename Request, typename Response>
void AddAuthRoute(http::Server& server, Door& door, AuthRoute<Request, Response> route) {
  const std::string verb = route.verb;
  const std::string pattern = route.pattern;
  server.Route(verb, pattern,
               [&door, route = std::move(route)](const http::Request& request,
                                                 const http::Responder& responder) {
                 Request message;
                 if (!Read(request, responder, message)) {
                   return;
                 }
                 if (route.fill) {
                   route.fill(request, message);
                 }
                 if (const absl::Status held = door.Admit(request.caller, route.right, message);
                     !held.ok()) {
                   responder.Fail(held);
                   return;
                 }
                 route.handler({request.caller, request.peer}, message,
                               Answer<Response>(responder, route.render));
               });
}

template <typename Object, typename Request, typename Response>
std::function<void(const Actor&, const Request&, Done<Response>)> Bind(
    Object* object, void (Object::*handler)(const Actor&, const Request&, Done<Response>)) {
  return [object, handler](const Actor& actor, const Request& request, Done<Response> done) {
    (object->*handler)(actor, request, std::move(done));
  };
}

}  // namespace

// The session goes into a cookie that the page's scripts cannot read: the answer is the identity
// alone.
void AuthDoor::AddLogin(http::Server& server) {
  AddAuthRoute<v1::LoginRequest, v1::LoginResponse>(
      server, door_,
      {.verb = "POST",
       .pattern = "/api/v1/login",
       .right = "AuthService/Login",
       .handler = Bind(this, &AuthDoor::Login),
       .render = [tls = door_.options().tls](const v1::LoginResponse& login) {
         http::Response response = http::Json(json::ToJson(login.identity()));
         const int64_t seconds =
             login.identity().expire_time().seconds() - SystemClock().Now().ns / 1'000'000'000;
         response.headers.emplace_back("Set-Cookie", Cookie(login.token(), tls, seconds));
         return response;
       }});
}

void AuthDoor::AddLogout(http::Server& server) {
  AddAuthRoute<v1::LogoutRequest, v1::LogoutResponse>(
      server, door_,
      {.verb = "POST",
       .pattern = "/api/v1/logout",
       .right = "AuthService/Logout",
       .handler = Bind(this, &AuthDoor::Logout),
       .render = [tls = door_.options().tls](const v1::LogoutResponse&) {
         http::Response response;
         response.status = kHttpNoContent;
         response.headers.emplace_back("Set-Cookie", Cookie("", tls, 0));
         return response;
       }});
}

void AuthDoor::Register(http::Server& server) {
  AddLogin(server);
  AddLogout(server);
  AddUsers(server);
  AddKeys(server);
  AddAuthRoute<v1::GetQuotaRequest, v1::GetQuotaResponse>(
      server, door_,
      {.verb = "GET",
       .pattern = "/api/v1/quota",
       .right = "AuthService/GetQuota",
       .handler = Bind(this, &AuthDoor::GetQuota),
       .render = [](const auto& list) { return RenderList(list.quotas()); }});
  AddAuthRoute<v1::ListAuditRequest, v1::ListAuditResponse>(
      server, door_,
      {.verb = "GET",
       .pattern = "/api/v1/audit",
       .right = "AuthService/ListAudit",
       .handler = Bind(this, &AuthDoor::ListAudit),
       .render = [](const auto& list) { return RenderList(list.entries()); }});
}

void AuthDoor::AddUsers(http::Server& server) {
  AddAuthRoute<v1::WhoAmIRequest, v1::Identity>(server, door_,
                                                {.verb = "GET",
                                                 .pattern = "/api/v1/whoami",
                                                 .right = "AuthService/WhoAmI",
                                                 .handler = Bind(this, &AuthDoor::WhoAmI)});
  AddAuthRoute<v1::ChangePasswordRequest, v1::User>(
      server, door_,
      {.verb = "POST",
       .pattern = "/api/v1/password",
       .right = "AuthService/ChangePassword",
       .handler = Bind(this, &AuthDoor::ChangePassword)});
  AddAuthRoute<v1::ListUsersRequest, v1::ListUsersResponse>(
      server, door_,
      {.verb = "GET",
       .pattern = "/api/v1/users",
       .right = "AuthService/ListUsers",
       .handler = Bind(this, &AuthDoor::ListUsers),
       .render = [](const auto& list) { return RenderList(list.users()); }});
  AddAuthRoute<v1::CreateUserRequest, v1::User>(server, door_,
                                                {.verb = "POST",
                                                 .pattern = "/api/v1/users",
                                                 .right = "AuthService/CreateUser",
                                                 .handler = Bind(this, &AuthDoor::CreateUser)});
  AddAuthRoute<v1::UpdateUserRequest, v1::User>(
      server, door_,
      {.verb = "PATCH",
       .pattern = "/api/v1/users/{name}",
       .right = "AuthService/UpdateUser",
       .handler = Bind(this, &AuthDoor::UpdateUser),
       .fill = [](const http::Request& request, auto& update) {
         update.set_name(std::string(request.Param("name")));
       }});
}

void AuthDoor::AddKeys(http::Server& server) {
  AddAuthRoute<v1::ListKeysRequest, v1::ListKeysResponse>(
      server, door_,
      {.verb = "GET",
       .pattern = "/api/v1/keys",
       .right = "AuthService/ListKeys",
       .handler = Bind(this, &AuthDoor::ListKeys),
       .render = [](const auto& list) { return RenderList(list.keys()); }});
  AddAuthRoute<v1::CreateKeyRequest, v1::CreateKeyResponse>(
      server, door_,
      {.verb = "POST",
       .pattern = "/api/v1/keys",
       .right = "AuthService/CreateKey",
       .handler = Bind(this, &AuthDoor::CreateKey)});
  AddAuthRoute<v1::RevokeKeyRequest, v1::ApiKey>(
      server, door_,
      {.verb = "DELETE",
       .pattern = "/api/v1/keys/{id}",
       .right = "AuthService/RevokeKey",
       .handler = Bind(this, &AuthDoor::RevokeKey),
       .fill = [](const http::Request& request, auto& revoke) {
         revoke.set_key_id(std::string(request.Param("id")));
       }});
}

}  // namespace tw::gateway
