// AuthDoor: signing in, users, keys, quotas and the audit log at the public door, for gRPC and REST
// alike. What blocks is done by threads of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/http/server.h"
#include "libs/rpc/server.h"
#include "libs/work/work_queue.h"
#include "services/gateway/door.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

// Any thread. `done` runs exactly once, perhaps before the call returns.
class AuthDoor {
 public:
  // `signed_in` is told of each sign-in. The door outlives it.
  explicit AuthDoor(Door& door, std::function<void(const std::string& user)> signed_in = {});

  void Register(rpc::Server& server);
  void Register(http::Server& server);
  void Stop() { work_.Stop(); }

 private:
  template <typename Request, typename Response>
  using Handler = void (AuthDoor::*)(const auth::Actor&, const Request&, Done<Response>);

  template <typename Request, typename Response>
  void AddMethod(rpc::Service& service, const char* name, Handler<Request, Response> handler);
  void AddLogin(http::Server& server);
  void AddLogout(http::Server& server);
  void AddUsers(http::Server& server);
  void AddKeys(http::Server& server);

  void Login(const auth::Actor& actor,
             const v1::LoginRequest& request,
             Done<v1::LoginResponse> done);
  void Logout(const auth::Actor& actor,
              const v1::LogoutRequest& request,
              Done<v1::LogoutResponse> done);
  void WhoAmI(const auth::Actor& actor, const v1::WhoAmIRequest& request, Done<v1::Identity> done);
  void ChangePassword(const auth::Actor& actor,
                      const v1::ChangePasswordRequest& request,
                      Done<v1::User> done);
  void ListUsers(const auth::Actor& actor,
                 const v1::ListUsersRequest& request,
                 Done<v1::ListUsersResponse> done);
  void CreateUser(const auth::Actor& actor,
                  const v1::CreateUserRequest& request,
                  Done<v1::User> done);
  void UpdateUser(const auth::Actor& actor,
                  const v1::UpdateUserRequest& request,
                  Done<v1::User> done);
  void ListKeys(const auth::Actor& actor,
                const v1::ListKeysRequest& request,
                Done<v1::ListKeysResponse> done);
  void CreateKey(const auth::Actor& actor,
                 const v1::CreateKeyRequest& request,
                 Done<v1::CreateKeyResponse> done);
  void RevokeKey(const auth::Actor& actor,
                 const v1::RevokeKeyRequest& request,
                 Done<v1::ApiKey> done);
  void GetQuota(const auth::Actor& actor,
                const v1::GetQuotaRequest& request,
                Done<v1::GetQuotaResponse> done);
  void ListAudit(const auth::Actor& actor,
                 const v1::ListAuditRequest& request,
                 Done<v1::ListAuditResponse> done);

  v1::Identity IdentityOf(const auth::Caller& caller) const;
  // Runs `work` on a thread that may block.
  template <typename Response>
  void Post(Done<Response> done, std::function<absl::StatusOr<Response>()> work);

  Door& door_;
  const std::function<void(const std::string& user)> signed_in_;
  WorkQueue work_;
};

}  // namespace tw::gateway
