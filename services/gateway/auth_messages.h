// Between the messages of AuthService and what libs/auth works with.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/auth/caller.h"
#include "libs/auth/keeper.h"
#include "tradewind/v1/auth.pb.h"

namespace tw::gateway {

namespace v1 = ::tradewind::v1;

using Names = google::protobuf::RepeatedPtrField<std::string>;

// InvalidArgument, with the field, for a name that there is none of.
absl::StatusOr<std::vector<auth::Role>> RolesOf(const Names& names);
absl::StatusOr<auth::Scopes> ScopesOf(const Names& names);

v1::User ToProto(const auth::User& user);
v1::ApiKey ToProto(const auth::Key& key);
v1::AuditEntry ToProto(const auth::NumberedEvent& event);
v1::Identity ToProto(const auth::Caller& caller);

}  // namespace tw::gateway
