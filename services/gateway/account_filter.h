// AccountFilter: holds messages against the accounts that a caller is entitled to, by what they
// are: a field named `account` says whose something is, wherever it stands in a message. New
// messages are held to it without a line of code. Pure functions, any thread.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "libs/auth/caller.h"
#include "libs/auth/rights.h"
#include "tradewind/v1/order.pb.h"

namespace tw::gateway {

// Whether the caller may ask this. A request that means all accounts is narrowed to the caller's
// own where that is one; PermissionDenied otherwise as `rule` says.
absl::Status HoldRequest(const auth::Caller& caller,
                         auth::AccountRule rule,
                         google::protobuf::Message& request);

// Takes out what is not for the caller. PermissionDenied when all of it is not.
absl::Status HoldAnswer(const auth::Caller& caller, google::protobuf::Message& answer);

// The account of something: its own field, or that of the order or fill in it; "" where it has
// none.
std::string AccountOf(const google::protobuf::Message& message);

// Of a stream of events: takes out those that are not for the caller, so that those that are left
// still form a chain. `last` is the sequence sent last.
void HoldEvents(const auth::Caller& caller,
                google::protobuf::RepeatedPtrField<tradewind::v1::OrderEvent>& events,
                uint64_t& last);

absl::Status NotEntitled(std::string_view account);

}  // namespace tw::gateway
