// Forwarder: calls and streams to the services behind the gateway.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "services/gateway/door.h"
#include "services/gateway/methods.h"
#include "services/gateway/metrics.h"
#include "services/gateway/pipe.h"
#include "services/gateway/stream_guard.h"

namespace tw::gateway {

template <typename T>
using Done = std::function<void(absl::StatusOr<T>)>;

// No caller waits longer than this for a unary answer, whatever its own deadline.
inline constexpr Duration kCallMax = Duration::Seconds(5);
// Streams forwarded to one peer at a time. Below what a peer takes on one connection (1024), which
// unary calls and WebSocket feeds share.
inline constexpr int kStreamsMax = 384;

// Any thread. `done` runs exactly once, perhaps before the call returns, else on gRPC's threads.
class Forwarder {
 public:
  using Channels = std::array<std::shared_ptr<rpc::Channel>, kPeers>;  // by Peer

  // The door and the metrics outlive it.
  Forwarder(Channels channels, Door& door, const GatewayMetrics& metrics)
      : channels_(std::move(channels)), door_(door), metrics_(metrics) {}

  // A call of somebody from outside: held against what the caller may do.
  template <typename Request, typename Response>
  void CallFor(const auth::CallerPtr& caller,
               const Method<Request, Response>& method,
               const Request& request,
               Duration time_left,
               Done<Response> done) {
    door_.Through<Request, Response>(
        caller, RightOf(method), request,
        [&](const Request& admitted, Done<Response> answered) {
          if constexpr (requires { request.parent_order_id(); }) {
            if (MustLookUp(caller, RightOf(method)) && !request.parent_order_id().empty()) {
              LookUpParent(caller, method, admitted, time_left, std::move(answered));
              return;
            }
          }
          Call(method, admitted, time_left, std::move(answered));
        },
        std::move(done));
  }

  template <typename Request, typename Response>
  void Call(const Method<Request, Response>& method,
            const Request& request,
            Duration time_left,
            Done<Response> done) {
    const Duration timeout = std::min(time_left, kCallMax);
    if (timeout <= Duration{}) {
      done(absl::DeadlineExceededError("the deadline was over before the request was forwarded"));
      return;
    }
    Begin();
    channel(method.owner)
        .template Call<Request, Response>(
            Path(method.service, method.name), request, timeout,
            [this, owner = method.owner, start = MonotonicNanos(),
             done = std::move(done)](absl::StatusOr<Response> answer) {
              const bool answered = !absl::IsUnavailable(answer.status()) &&
                                    !absl::IsDeadlineExceeded(answer.status());
              metrics_.Forwarded(owner, Duration{MonotonicNanos() - start}, answered);
              if (answer.ok()) {
                done(std::move(answer));
              } else {
                done(Explain(owner, answer.status()));
              }
              End();
            });
  }

  // Joins a client's stream to its owner's. `request` is null for a bidirectional one. Held against
  // what the client may do, for as long as it lasts.
  template <typename Request, typename Response>
  void Stream(const Method<Request, Response>& method,
              const rpc::Stream<Response, Request>& client,
              const Request* request) {
    const auth::CallerPtr caller = client.context().caller();
    Request admitted;
    if (request != nullptr) {
      admitted = *request;
      if (const absl::Status held = door_.Admit(caller, RightOf(method), admitted); !held.ok()) {
        client.Finish(held);
        return;
      }
      request = &admitted;
    }
    std::atomic<int>& open = streams_[static_cast<size_t>(method.owner)];
    if (open.fetch_add(1) >= kStreamsMax) {
      --open;
      client.Finish(absl::ResourceExhaustedError("too many streams are open"));
      return;
    }
    Begin();
    Pipe<Request, Response>::Open(
        channel(method.owner), Path(method.service, method.name), client, request,
        {.explain =
             [owner = method.owner](const absl::Status& status) { return Explain(owner, status); },
         .ended =
             [this, &open] {
               --open;
               End();
             },
         .guard = MakeStreamGuard<Request, Response>(door_, caller)});
    door_.Watch(caller, client.core());
  }

  Door& door() { return door_; }
  rpc::Channel& channel(Peer peer) { return *channels_[static_cast<size_t>(peer)]; }
  const std::shared_ptr<rpc::Channel>& shared_channel(Peer peer) const {
    return channels_[static_cast<size_t>(peer)];
  }
  size_t streams() const;

  // Waits until nothing is under way; the sockets are closed by then, so that takes kCallMax at
  // most.
  void Stop();

  // "tradewind.v1.OrderService/GetOrder"
  static std::string Path(std::string_view service, std::string_view method);
  // Says which peer it was, where the peer itself could not.
  static absl::Status Explain(Peer peer, const absl::Status& status);

 private:
  template <typename M>
  static std::string RightOf(const M& method) {
    return std::string(method.service).append("/").append(method.name);
  }
  static bool MustLookUp(const auth::CallerPtr& caller, const std::string& right) {
    const auth::Right* const found = auth::FindRight(right);
    return caller != nullptr && !caller->CoversAll() && found != nullptr &&
           found->accounts == auth::AccountRule::kParent;
  }
  // A change of a parent order by its id: whose it is is asked first.
  template <typename Request, typename Response>
  void LookUpParent(const auth::CallerPtr& caller,
                    const Method<Request, Response>& method,
                    const Request& request,
                    Duration time_left,
                    Done<Response> done) {
    v1::GetParentOrderRequest get;
    get.set_parent_order_id(request.parent_order_id());
    CallFor<v1::GetParentOrderRequest, v1::ParentOrder>(
        caller, methods::kGetParentOrder, get, time_left,
        [this, method, request, time_left,
         done = std::move(done)](const absl::StatusOr<v1::ParentOrder>& parent) {
          if (parent.ok()) {
            Call(method, request, time_left, done);
          } else {
            done(parent.status());
          }
        });
  }

  void Begin();
  void End();

  const Channels channels_;
  Door& door_;
  const GatewayMetrics& metrics_;
  std::array<std::atomic<int>, kPeers> streams_{};
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t under_way_ = 0;
};

}  // namespace tw::gateway
