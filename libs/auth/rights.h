// Rights: the one table of what a request needs: every gRPC method and every route of the public
// door. What is not in it is refused. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libs/auth/roles.h"

namespace tw::auth {

enum class Access : uint8_t {
  kOpen,      // by anybody: the sign-in itself, and whether the service lives
  kSignedIn,  // by whoever has signed in
  kScope,     // by whoever has the scope
  kInner,     // between services; the door does not have it
};

// What a request has to do with accounts, for a caller that is not entitled to every one.
enum class AccountRule : uint8_t {
  kNone,    // nothing
  kNamed,   // it names one, or means "default"
  kLinked,  // it holds orders: the first names one, or means "default"; the others', or the first's
  kFilter,  // it names one, or means all: then the answer shows the caller's own
  kMust,    // it names one, or means all: then it is refused
  kOrder,   // it changes an order: its owner is told which accounts it may be of
  kAnswer,  // it names an order, parent or other thing by an id: the answer says whose it is
  kParent,  // it changes a parent order by its id: that one is looked up first
};

struct Right {
  std::string_view name;  // "OrderService/SubmitOrder", or of a route alone "gateway/Status"
  Access access = Access::kInner;
  Scope scope = Scope::kRead;
  AccountRule accounts = AccountRule::kNone;
  bool counted = false;  // against quotas
};

// A route and the right that holds for it.
struct RouteRight {
  std::string_view route;  // "POST /api/v1/orders"
  std::string_view right;
};

std::span<const Right> Rights();
std::span<const RouteRight> RouteRights();

// Null where there is none.
const Right* FindRight(std::string_view name);
// `method` "POST", `pattern` "/api/v1/orders".
const Right* FindRouteRight(std::string_view method, std::string_view pattern);

}  // namespace tw::auth
