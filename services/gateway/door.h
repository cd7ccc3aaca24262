// Door: who gets in, and what for. Holds every call of gRPC and HTTP against the table of rights
// (libs/auth/rights.h), every message against the caller's accounts, every order against the
// quotas, and ends the streams of those who may no longer have them.
//
// Where nobody signs in (security = local) it lets everybody through as the anonymous trader; only
// quotas may hold then. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/auth/keeper.h"
#include "libs/auth/quota.h"
#include "libs/auth/rights.h"
#include "libs/http/server.h"
#include "libs/http/websocket.h"
#include "libs/rpc/server.h"
#include "tradewind/v1/auth.pb.h"
#include "tradewind/v1/order.pb.h"

namespace tw::gateway {

namespace v1 = ::tradewind::v1;

class Door {
 public:
  struct Options {
    bool secure = false;
    bool tls = false;  // the cookie goes over TLS only
    auth::Quotas::Options quota;
  };

  // `keeper` is null where nobody signs in. Both outlive the door.
  Door(Options options, auth::Keeper* keeper, const Clock& clock);

  bool secure() const { return options_.secure; }
  const Options& options() const { return options_; }
  auth::Keeper* keeper() { return keeper_; }
  // By which the gateway reads its own operator's routes; another one at each start.
  const std::string& own_token() const { return own_token_; }

  // For the servers; REQUIRES: secure.
  rpc::Gate GrpcGate();
  http::Gate HttpGate();
  // What is served and has no right: none of it may be.
  std::vector<std::string> WithoutRight(const std::vector<std::string>& methods,
                                        const std::vector<http::RouteName>& routes) const;

  // Null stands for the anonymous trader.
  const auth::Caller& Of(const auth::CallerPtr& caller) const {
    return caller == nullptr ? *anonymous_ : *caller;
  }

  // Holds a request against the caller's accounts and quotas; it may be narrowed.
  absl::Status Admit(const auth::CallerPtr& caller,
                     std::string_view method,
                     google::protobuf::Message& request);
  // Takes out of an answer what is not for the caller.
  absl::Status Show(const auth::CallerPtr& caller, google::protobuf::Message& answer) const;
  // A command of a TradeSession.
  absl::Status AdmitCommand(const auth::CallerPtr& caller, v1::TradeCommand& command);
  // The whole way of a unary request: admitted, handed on, its answer shown.
  template <typename Request, typename Response>
  void Through(const auth::CallerPtr& caller,
               std::string_view method,
               const Request& request,
               const std::function<void(const Request&,
                                        std::function<void(absl::StatusOr<Response>)>)>& next,
               std::function<void(absl::StatusOr<Response>)> done) {
    if (!IsWatched(caller)) {
      next(request, std::move(done));
      return;
    }
    Request admitted = request;
    if (absl::Status held = Admit(caller, method, admitted); !held.ok()) {
      done(std::move(held));
      return;
    }
    next(admitted, [this, caller, done = std::move(done)](absl::StatusOr<Response> answer) {
      if (answer.ok()) {
        if (absl::Status held = Show(caller, *answer); !held.ok()) {
          answer = std::move(held);
        }
      }
      done(std::move(answer));
    });
  }
  // Whether a message has to pass the door at all.
  bool IsWatched(const auth::CallerPtr& caller) const {
    return caller != nullptr || options_.quota.limit > 0;
  }
  bool Holds(const auth::CallerPtr& caller) const;

  // Ends the stream or connection once its caller's rights are over.
  void Watch(const auth::CallerPtr& caller, const std::shared_ptr<rpc::StreamCore>& stream);
  void Watch(const auth::CallerPtr& caller, const std::shared_ptr<http::WebSocket>& socket);
  // Each second: ends what is over, writes the audit log.
  void Tick();

  v1::GetQuotaResponse ReadQuotas(const auth::CallerPtr& caller, const std::string& account) const;

  // An entry of the audit log; nothing where there is none.
  void Note(auth::Note note);

 private:
  struct Watched {
    auth::CallerPtr caller;
    std::weak_ptr<void> alive;
    std::function<void()> end;
  };

  absl::StatusOr<auth::CallerPtr> Enter(const auth::Right* right,
                                        std::string_view what,
                                        const std::string& token,
                                        const std::string& peer);
  // `orders`: how many, by account; one that is empty is not known.
  absl::Status Count(const auth::CallerPtr& caller, const std::map<std::string, int64_t>& orders);
  std::string Counted(const auth::CallerPtr& caller) const;
  void AddWatched(Watched watched);

  const Options options_;
  auth::Keeper* const keeper_;
  const Clock& clock_;
  const auth::CallerPtr anonymous_;
  const std::string own_token_;
  const auth::CallerPtr own_;

  mutable std::mutex quota_mutex_;
  auth::Quotas quotas_;
  std::mutex watch_mutex_;
  std::vector<Watched> watched_;
};

inline constexpr const char* kSessionCookie = "tradewind_session";

// "Bearer TOKEN" -> TOKEN; "" for anything else.
std::string BearerOf(std::string_view authorization);
// The value of a cookie in a Cookie header; "" where it is not there.
std::string CookieOf(std::string_view header, std::string_view name);

}  // namespace tw::gateway
