// StreamGuard: what of a forwarded stream may pass, each way.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "libs/base/field_error.h"
#include "services/gateway/account_filter.h"
#include "services/gateway/door.h"

namespace tw::gateway {

// Each is called for one message at a time. Empty: all passes as it is.
template <typename Request, typename Response>
struct StreamGuard {
  // Takes out of a message what may not pass, and answers that itself. False: nothing is left of
  // it. Not OK: the stream ends.
  std::function<absl::StatusOr<bool>(Request& message, Response& refused)> from_client;
  // False: nothing is left of the message.
  std::function<bool(Response& message)> from_peer;
};

// Of a TradeSession: each command by its own right, events of the caller's accounts.
absl::StatusOr<bool> HoldCommands(Door& door,
                                  const auth::CallerPtr& caller,
                                  v1::TradeSessionRequest& message,
                                  v1::TradeSessionResponse& refused);

template <typename Request, typename Response>
StreamGuard<Request, Response> MakeStreamGuard(Door& door, const auth::CallerPtr& caller) {
  StreamGuard<Request, Response> guard;
  if constexpr (std::is_same_v<Request, v1::TradeSessionRequest>) {
    if (door.IsWatched(caller)) {
      guard.from_client = [&door, caller](Request& message, Response& refused) {
        return HoldCommands(door, caller, message, refused);
      };
    }
  }
  if (caller == nullptr || caller->CoversAll()) {
    return guard;
  }
  if constexpr (requires(Response & message) { message.mutable_events(); }) {
    guard.from_peer = [caller, last = std::make_shared<uint64_t>(0)](Response& message) {
      HoldEvents(*caller, *message.mutable_events(), *last);
      return true;  // an empty one announces the head
    };
  } else {
    guard.from_peer = [caller](Response& message) { return HoldAnswer(*caller, message).ok(); };
  }
  return guard;
}

}  // namespace tw::gateway
