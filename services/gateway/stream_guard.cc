#include "services/gateway/stream_guard.h"

namespace tw::gateway {
namespace {

constexpr char kNone[] = "-";

absl::Status HoldCancelOnDisconnect(Door& door,
                                    const auth::CallerPtr& caller,
                                    const std::string& account) {
  const auth::Caller& who = door.Of(caller);
  if (account.empty() || account == kNone) {
    return absl::OkStatus();
  }
  if (!who.May(auth::Scope::kCancel)) {
    return absl::PermissionDeniedError("this needs the scope cancel");
  }
  return who.Covers(account) ? absl::OkStatus() : NotEntitled(account);
}

}  // namespace

absl::StatusOr<bool> HoldCommands(Door& door,
                                  const auth::CallerPtr& caller,
                                  v1::TradeSessionRequest& message,
                                  v1::TradeSessionResponse& refused) {
  if (!door.Holds(caller)) {
    return absl::UnauthenticatedError("the session or key is over, or its rights have changed");
  }
  if (absl::Status held = HoldCancelOnDisconnect(door, caller, message.cancel_on_disconnect());
      !held.ok()) {
    return held;
  }
  int kept = 0;
  for (int i = 0; i < message.commands_size(); ++i) {
    v1::TradeCommand& command = *message.mutable_commands(i);
    const absl::Status held = door.AdmitCommand(caller, command);
    if (held.ok()) {
      message.mutable_commands()->SwapElements(kept++, i);
      continue;
    }
    v1::TradeAnswer& answer = *refused.add_answers();
    answer.set_request_id(command.request_id());
    answer.mutable_error()->set_code(absl::StatusCodeToString(held.code()));
    answer.mutable_error()->set_message(std::string(held.message()));
    answer.mutable_error()->set_field(FieldOf(held));
  }
  message.mutable_commands()->DeleteSubrange(kept, message.commands_size() - kept);
  return kept > 0 || !message.cancel_on_disconnect().empty();
}

}  // namespace tw::gateway
