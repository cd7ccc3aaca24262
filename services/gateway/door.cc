#include "services/gateway/door.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "libs/auth/secrets.h"
#include "libs/base/retry_hint.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
#include "libs/log/log.h"
#include "services/gateway/account_filter.h"

namespace tw::gateway {
namespace {

using auth::Access;
using auth::CallerPtr;
using auth::Right;

constexpr std::string_view kPackage = "tradewind.v1.";
constexpr uint16_t kSessionOver = 4401;

absl::Status SignInFirst() {
  return absl::UnauthenticatedError("sign in first: a session or an API key is needed");
}
absl::Status Over() {
  return absl::UnauthenticatedError("the session or key is over, or its rights have changed");
}

// Each order of a request, in its order.
void CollectOrders(const google::protobuf::Message& request,
                   std::vector<const v1::SubmitOrderRequest*>& out) {
  using google::protobuf::FieldDescriptor;
  const auto& reflection = *request.GetReflection();
  const auto* const descriptor = request.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* const field = descriptor->field(i);
    if (field->message_type() != v1::SubmitOrderRequest::descriptor()) {
      continue;
    }
    const int count = field->is_repeated() ? reflection.FieldSize(request, field)
                                           : (reflection.HasField(request, field) ? 1 : 0);
    for (int j = 0; j < count; ++j) {
      out.push_back(static_cast<const v1::SubmitOrderRequest*>(
          field->is_repeated() ? &reflection.GetRepeatedMessage(request, field, j)
                               : &reflection.GetMessage(request, field)));
    }
  }
}

// How many orders a request brings, by account; "" where the account is not known here, as of an
// order that is named by its id.
std::map<std::string, int64_t> OrdersIn(const google::protobuf::Message& request,
                                        auth::AccountRule rule) {
  std::vector<const v1::SubmitOrderRequest*> orders;
  CollectOrders(request, orders);
  if (orders.empty()) {
    const std::string account = AccountOf(request);
    return {{account.empty() && rule == auth::AccountRule::kNamed ? "default" : account, 1}};
  }
  std::map<std::string, int64_t> counts;
  std::string otherwise = "default";
  for (const v1::SubmitOrderRequest* const order : orders) {
    const std::string& account = order->account().empty() ? otherwise : order->account();
    ++counts[account];
    if (rule == auth::AccountRule::kLinked && order == orders.front()) {
      otherwise = account;
    }
  }
  return counts;
}

auth::Caller::Facts OwnFacts() {
  return {"gateway", {}, auth::ScopesOf(auth::Role::kOperator), {}, "", "", "", {}};
}

bool Reads(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

std::string_view WithoutPackage(std::string_view method) {
  return method.starts_with(kPackage) ? method.substr(kPackage.size()) : method;
}

// Who asks for a change is who signed in, whatever the request says.
void SetBy(const auth::Caller& caller, google::protobuf::Message& request) {
  using google::protobuf::FieldDescriptor;
  const auto& reflection = *request.GetReflection();
  const auto* const descriptor = request.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* const field = descriptor->field(i);
    if (field->is_repeated()) {
      continue;
    }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (reflection.HasField(request, field)) {
        SetBy(caller, *reflection.MutableMessage(&request, field));
      }
    } else if (field->name() == "by" || field->name() == "changed_by") {
      reflection.SetString(&request, field, caller.user());
    }
  }
}

http::Response Refusal(const absl::Status& status) {
  http::Response response = http::ErrorResponse(status);
  if (absl::IsUnauthenticated(status)) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  return response;
}

}  // namespace

std::string BearerOf(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size() ||
      !http::EqualsIgnoreCase(authorization.substr(0, kScheme.size()), kScheme)) {
    return "";
  }
  return std::string(authorization.substr(kScheme.size()));
}

std::string CookieOf(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view part = header.substr(0, end);
    while (!part.empty() && part.front() == ' ') {
      part.remove_prefix(1);
    }
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name) {
      return std::string(part.substr(equals + 1));
    }
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return "";
}

Door::Door(Options options, auth::Keeper* keeper, const Clock& clock)
    : options_(options),
      keeper_(keeper),
      clock_(clock),
      anonymous_(std::make_shared<const auth::Caller>(auth::Caller::Anonymous())),
      own_token_(auth::RandomText()),
      own_(std::make_shared<const auth::Caller>(OwnFacts())),
      quotas_(options.quota) {}

// --- Getting in ----------------------------------------------------------------------------------

absl::StatusOr<CallerPtr> Door::Enter(const Right* right,
                                      std::string_view what,
                                      const std::string& token,
                                      const std::string& peer) {
  CallerPtr caller;
  if (!token.empty()) {
    auto found = auth::SameText(token, own_token_) ? absl::StatusOr<CallerPtr>(own_)
                                                   : keeper_->Authenticate(token);
    if (found.ok()) {
      caller = *std::move(found);
    } else if (right == nullptr || right->access != Access::kOpen) {
      Note({"denied", "", std::string(what), "a token that does not hold", peer});
      return found.status();
    }
  }
  if (right != nullptr && right->access == Access::kOpen) {
    return caller;
  }
  if (caller == nullptr) {
    Note({"denied", "", std::string(what), "not signed in", peer});
    return SignInFirst();
  }
  if (right == nullptr || right->access == Access::kInner) {
    Note({"denied", caller->user(), std::string(what), "no right is set for it", peer});
    return absl::PermissionDeniedError("the door does not have " + std::string(what));
  }
  if (right->access == Access::kScope && !caller->May(right->scope)) {
    const std::string scope(auth::NameOf(right->scope));
    Note({"denied", caller->user(), std::string(what), "needs the scope " + scope, peer});
    return absl::PermissionDeniedError(
        "this needs the scope " + scope + ", which " +
        (caller->facts().key_id.empty() ? "you do" : "the key does") + " not have");
  }
  return caller;
}

rpc::Gate Door::GrpcGate() {
  return [this](const std::string& method, const rpc::CallContext& call) {
    const std::string_view name = WithoutPackage(method);
    return Enter(auth::FindRight(name), name, BearerOf(call.metadata("authorization")),
                 call.peer());
  };
}

http::Gate Door::HttpGate() {
  return [this](const http::RouteName& route,
                http::Request& request) -> std::optional<http::Response> {
    const Right* const right = auth::FindRouteRight(route.method, route.pattern);
    std::string token = BearerOf(request.Header("authorization").value_or(""));
    const bool by_cookie = token.empty();
    if (by_cookie) {
      token = CookieOf(request.Header("cookie").value_or(""), kSessionCookie);
    }
    const std::string what = route.method + " " + route.pattern;
    auto caller = Enter(right, what, token, request.peer);
    if (!caller.ok()) {
      return Refusal(caller.status());
    }
    // A browser sends its cookie whoever asks it to; the token in the header only our page knows.
    const bool changes = !Reads(request.method) && right->access != Access::kOpen;
    if (by_cookie && changes &&
        !auth::SameText(request.Header("x-csrf-token").value_or(""), (*caller)->facts().csrf)) {
      Note({"denied", (*caller)->user(), what, "no CSRF token", request.peer});
      return Refusal(absl::PermissionDeniedError("the header X-CSRF-Token is missing or wrong"));
    }
    request.caller = *std::move(caller);
    return std::nullopt;
  };
}

std::vector<std::string> Door::WithoutRight(const std::vector<std::string>& methods,
                                            const std::vector<http::RouteName>& routes) const {
  std::vector<std::string> without;
  for (const std::string& method : methods) {
    const Right* const right = auth::FindRight(WithoutPackage(method));
    if (right == nullptr || right->access == Access::kInner) {
      without.push_back(method);
    }
  }
  for (const http::RouteName& route : routes) {
    if (auth::FindRouteRight(route.method, route.pattern) == nullptr) {
      without.push_back(route.method + " " + route.pattern);
    }
  }
  return without;
}

// --- What is asked and answered ------------------------------------------------------------------

absl::Status Door::Admit(const CallerPtr& caller,
                         std::string_view method,
                         google::protobuf::Message& request) {
  if (!IsWatched(caller)) {
    return absl::OkStatus();
  }
  const Right* const right = auth::FindRight(method);
  if (caller != nullptr) {
    if (right == nullptr) {
      return absl::PermissionDeniedError("the door does not have " + std::string(method));
    }
    if (absl::Status held = HoldRequest(*caller, right->accounts, request); !held.ok()) {
      Note({"denied", caller->user(), std::string(method), std::string(held.message()), ""});
      return held;
    }
    SetBy(*caller, request);
  }
  if (right == nullptr || !right->counted) {
    return absl::OkStatus();
  }
  return Count(caller, OrdersIn(request, right->accounts));
}

absl::Status Door::Show(const CallerPtr& caller, google::protobuf::Message& answer) const {
  return caller == nullptr ? absl::OkStatus() : HoldAnswer(*caller, answer);
}

absl::Status Door::AdmitCommand(const CallerPtr& caller, v1::TradeCommand& command) {
  std::string_view method;
  google::protobuf::Message* request = nullptr;
  switch (command.command_case()) {
    case v1::TradeCommand::kSubmit:
      method = "OrderService/SubmitOrder";
      request = command.mutable_submit();
      break;
    case v1::TradeCommand::kCancel:
      method = "OrderService/CancelOrder";
      request = command.mutable_cancel();
      break;
    case v1::TradeCommand::kReplace:
      method = "OrderService/ReplaceOrder";
      request = command.mutable_replace();
      break;
    case v1::TradeCommand::kSubscribe:
      method = "OrderService/StreamOrderEvents";
      request = command.mutable_subscribe();
      break;
    case v1::TradeCommand::COMMAND_NOT_SET: return absl::OkStatus();  // oms says what is wrong
  }
  if (request == nullptr) {  // a command that this table does not know
    return caller == nullptr ? absl::OkStatus()
                             : absl::PermissionDeniedError("no right is set for this command");
  }
  if (caller != nullptr) {
    const Right* const right = auth::FindRight(method);
    if (!caller->Holds(clock_.Now())) {
      return Over();
    }
    if (!caller->May(right->scope)) {
      const std::string scope(auth::NameOf(right->scope));
      Note({"denied", caller->user(), std::string(method), "needs the scope " + scope, ""});
      return absl::PermissionDeniedError("this needs the scope " + scope);
    }
  }
  return Admit(caller, method, *request);
}

bool Door::Holds(const CallerPtr& caller) const {
  return caller == nullptr || caller->Holds(clock_.Now());
}

// --- Quotas --------------------------------------------------------------------------------------

std::string Door::Counted(const CallerPtr& caller) const {
  const auth::Caller::Facts& facts = Of(caller).facts();
  return facts.key_id.empty() ? "user " + facts.user : "key " + facts.key_id;
}

absl::Status Door::Count(const CallerPtr& caller, const std::map<std::string, int64_t>& orders) {
  if (options_.quota.limit == 0) {
    return absl::OkStatus();
  }
  std::vector<std::pair<std::string, int64_t>> wanted = {{Counted(caller), 0}};
  for (const auto& [account, count] : orders) {
    wanted.front().second += count;
    if (!account.empty()) {
      wanted.emplace_back("account " + account, count);
    }
  }
  const Timestamp now = clock_.Now();
  const std::lock_guard lock(quota_mutex_);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (quotas_.Take(wanted[i].first, wanted[i].second, now)) {
      continue;
    }
    for (size_t taken = 0; taken < i; ++taken) {
      quotas_.GiveBack(wanted[taken].first, wanted[taken].second, now);
    }
    const std::string& full = wanted[i].first;
    const auth::QuotaState state = quotas_.Read(full, now);
    return WithRetryAfter(
        absl::ResourceExhaustedError("the quota of " + full +
                                     " is used: " + std::to_string(state.limit) + " orders in " +
                                     std::to_string(options_.quota.window.millis()) + " ms"),
        state.reset - now);
  }
  return absl::OkStatus();
}

v1::GetQuotaResponse Door::ReadQuotas(const CallerPtr& caller, const std::string& account) const {
  v1::GetQuotaResponse response;
  const Timestamp now = clock_.Now();
  const std::lock_guard lock(quota_mutex_);
  for (const std::string& name :
       {Counted(caller), "account " + (account.empty() ? std::string("default") : account)}) {
    const auth::QuotaState state = quotas_.Read(name, now);
    const size_t space = name.find(' ');
    v1::Quota& quota = *response.add_quotas();
    quota.set_name(name.substr(0, space));
    quota.set_of(name.substr(space + 1));
    quota.set_limit(state.limit);
    quota.set_used(state.used);
    ToTimestamp(state.reset, quota.mutable_reset_time());
    quota.set_window_ms(options_.quota.window.millis());
  }
  return response;
}

// --- Streams that are open -----------------------------------------------------------------------

void Door::AddWatched(Watched watched) {
  const std::lock_guard lock(watch_mutex_);
  watched_.push_back(std::move(watched));
}

void Door::Watch(const CallerPtr& caller, const std::shared_ptr<rpc::StreamCore>& stream) {
  if (caller != nullptr) {
    const std::weak_ptr<rpc::StreamCore> weak = stream;
    AddWatched({caller, weak, [weak] {
                  if (const auto open = weak.lock()) {
                    open->Finish(Over());
                  }
                }});
  }
}

void Door::Watch(const CallerPtr& caller, const std::shared_ptr<http::WebSocket>& socket) {
  if (caller != nullptr) {
    const std::weak_ptr<http::WebSocket> weak = socket;
    AddWatched({caller, weak, [weak] {
                  if (const auto open = weak.lock()) {
                    open->Close(kSessionOver, "the session is over");
                  }
                }});
  }
}

void Door::Tick() {
  std::vector<Watched> over;
  const Timestamp now = clock_.Now();
  {
    const std::lock_guard lock(watch_mutex_);
    std::erase_if(watched_, [&](Watched& watched) {
      const bool ends = !watched.caller->Holds(now);
      const bool gone = watched.alive.expired();
      if (ends && !gone) {
        over.push_back(std::move(watched));
      }
      return ends || gone;
    });
  }
  for (const Watched& watched : over) {
    watched.end();
  }
}

void Door::Note(auth::Note note) {
  if (keeper_ != nullptr) {
    keeper_->Add(std::move(note));
  }
}

}  // namespace tw::gateway
