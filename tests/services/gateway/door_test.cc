// The door of a platform with sign-in, whole: who gets in, by which way, for what.
#include "services/gateway/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "libs/auth/rights.h"
#include "libs/base/retry_hint.h"
#include "tests/services/gateway/fake_peers.h"
#include "tests/services/gateway/raw_web_socket.h"
#include "tradewind/v1/auth.pb.h"

namespace tw::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using tw::testing::WaitFor;

constexpr char kPassword[] = "correct horse battery";
constexpr Duration kPatience = Duration::Seconds(10);

class DoorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TRADEWIND_QUESTDB_ADDRESS", "127.9.9.9", 1);
    peers_.Start();
    host_.Start();
    ASSERT_TRUE(host_.WaitReady());
    std::ifstream(host_.folder() + "/first-password") >> admin_password_;
    admin_ = Login("admin", admin_password_);
    AddUser("vera", {"viewer"}, {"*"});
    AddUser("tom", {"trader"}, {"demo"});
  }

  // A channel whose calls bear `token`.
  std::shared_ptr<rpc::Channel> As(const std::string& token) {
    rpc::ChannelOptions options;
    options.authorization = token.empty() ? "" : "Bearer " + token;
    return rpc::Channel::Create("127.0.0.1:" + std::to_string(host_.grpc_port()), options);
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& token,
                                const std::string& method,
                                const Request& request) {
    return As(token)->CallSync<Response>("tradewind.v1." + method, request, kPatience);
  }
  absl::Status CallEmpty(const std::string& token, std::string_view method) {
    return Call<v1::LogoutResponse>(token, std::string(method), v1::LogoutRequest()).status();
  }
  std::string Login(const std::string& user, const std::string& password) {
    v1::LoginRequest request;
    request.set_user(user);
    request.set_password(password);
    const auto response = Call<v1::LoginResponse>("", "AuthService/Login", request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->token() : "";
  }
  std::string SignIn(const std::string& user) { return Login(user, kPassword); }
  void AddUser(const std::string& name,
               const std::vector<std::string>& roles,
               const std::vector<std::string>& accounts) {
    v1::CreateUserRequest request;
    request.set_name(name);
    request.set_password(kPassword);
    request.mutable_roles()->Assign(roles.begin(), roles.end());
    request.mutable_accounts()->Assign(accounts.begin(), accounts.end());
    const auto made = Call<v1::User>(admin_, "AuthService/CreateUser", request);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  http::Response Rest(const std::string& method,
                      const std::string& target,
                      const http::NameValues& headers = {},
                      const std::string& body = "{}") {
    const auto response = http::Fetch(method, host_.http_address(), target,
                                      method == "GET" ? "" : body, kPatience, headers);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(http::Response{});
  }
  http::Response RestAs(const std::string& token,
                        const std::string& method,
                        const std::string& target,
                        const std::string& body = "{}") {
    return Rest(method, target, {{"Authorization", "Bearer " + token}}, body);
  }
  static v1::SubmitOrderRequest Order(const std::string& account) {
    v1::SubmitOrderRequest request;
    request.set_account(account);
    request.set_symbol("BTCUSDT");
    return request;
  }

  FakePeers peers_;
  tw::testing::ServiceHost host_{"gateway",
                                 std::make_unique<GatewayService>(),
                                 {"--security", "secure", "--quota-orders", "4"}};
  std::string admin_password_;
  std::string admin_;
};

// "GET /api/v1/orders/{id}" -> verb and path, with something in the place of each name.
std::pair<std::string, std::string> RequestOf(std::string_view route) {
  const size_t space = route.find(' ');
  const std::string path = std::regex_replace(std::string(route.substr(space + 1)),
                                              std::regex("\\{symbol\\}"), "BTCUSDT");
  return {std::string(route.substr(0, space)),
          std::regex_replace(path, std::regex("\\{[a-z_]+\\*?\\}"), "3-7")};
}

TEST_F(DoorTest, WithoutASignInEveryMethodAndRouteIsRefused) {
  for (const auth::Right& right : auth::Rights()) {
    if (right.name.starts_with("gateway/")) {
      continue;
    }
    const absl::StatusCode code = CallEmpty("", right.name).code();
    if (right.access == auth::Access::kOpen) {
      EXPECT_NE(code, absl::StatusCode::kPermissionDenied) << right.name;
    } else if (right.access == auth::Access::kInner) {
      EXPECT_EQ(code, absl::StatusCode::kUnimplemented) << right.name;
    } else {
      EXPECT_EQ(code, absl::StatusCode::kUnauthenticated) << right.name;
    }
  }
  for (const auth::RouteRight& route : auth::RouteRights()) {
    const auto [verb, path] = RequestOf(route.route);
    const bool open = auth::FindRight(route.right)->access == auth::Access::kOpen;
    const int status = Rest(verb, path).status;
    // A sign-in with no name in it is a failed one.
    EXPECT_EQ(status == 401, !open || route.route == "POST /api/v1/login") << route.route << status;
  }
}

TEST_F(DoorTest, AViewerChangesNothingByAnyMethodOrRoute) {
  const std::string vera = SignIn("vera");
  const auth::Scopes viewer = auth::ScopesOf(auth::Role::kViewer);
  for (const auth::Right& right : auth::Rights()) {
    const bool refused = right.access == auth::Access::kScope && !viewer.Has(right.scope);
    if (refused && !right.name.starts_with("gateway/")) {
      EXPECT_TRUE(absl::IsPermissionDenied(CallEmpty(vera, right.name))) << right.name;
    }
  }
  for (const auth::RouteRight& route : auth::RouteRights()) {
    const auth::Right& right = *auth::FindRight(route.right);
    const auto [verb, path] = RequestOf(route.route);
    if (right.access == auth::Access::kScope && !viewer.Has(right.scope)) {
      EXPECT_EQ(RestAs(vera, verb, path).status, 403) << route.route;
    }
  }
  EXPECT_EQ(peers_.oms().commands(), 0);
}

TEST_F(DoorTest, TheOpenApiDocumentIsWhatTheServerHas) {
  const json document = json::parse(Rest("GET", "/api/openapi.json").body);
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> described;
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [verb, operation] : operations.items()) {
      std::string method = verb;
      std::transform(method.begin(), method.end(), method.begin(), ::toupper);
      std::string call = method;
      call.append(" ").append(path);
      described.insert(call);
      const auto [unused, target] = RequestOf(call);
      // An admin's, so that no right is in the way; the owners behind may not know the thing.
      const http::Response response = RestAs(admin_, method, target);
      EXPECT_NE(response.status, 405) << method << " " << path;
      if (response.status >= 400) {
        EXPECT_THAT(response.body, Not(HasSubstr("no such path"))) << method << " " << path;
        EXPECT_TRUE(json::parse(response.body).contains("code")) << response.body;
      }
      const json ok = operation["responses"].value("200", json::object());
      if (response.status == 200 && ok.contains("content") && path != "/metrics") {
        const json schema = ok["content"]["application/json"]["schema"];
        const json answer = json::parse(response.body);
        if (schema.contains("type")) {
          EXPECT_TRUE(answer.is_array()) << method << " " << path;
        } else if (schema.contains("$ref")) {
          EXPECT_TRUE(answer.is_object()) << method << " " << path;
        }
      }
    }
    if (path == "/api/v1/logout") {
      admin_ = Login("admin", admin_password_);
    }
  }
  for (const auth::RouteRight& route : auth::RouteRights()) {
    EXPECT_EQ(described.contains(std::string(route.route)), route.right != "gateway/Page")
        << route.route;
  }
}

TEST_F(DoorTest, ATraderTradesForTheAccountsOfTheEntitlement) {
  const std::string tom = SignIn("tom");
  EXPECT_TRUE(Call<v1::Order>(tom, "OrderService/SubmitOrder", Order("demo")).ok());
  const auto other = Call<v1::Order>(tom, "OrderService/SubmitOrder", Order("other"));
  EXPECT_TRUE(absl::IsPermissionDenied(other.status())) << other.status();
  EXPECT_EQ(RestAs(tom, "POST", "/api/v1/orders", R"({"account":"other","symbol":"IBM"})").status,
            403);
  EXPECT_EQ(RestAs(tom, "POST", "/api/v1/orders", R"({"account":"demo","symbol":"IBM"})").status,
            200);
  const auto list =
      Call<v1::ListOrdersResponse>(tom, "OrderService/ListOrders", v1::ListOrdersRequest());
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->orders(0).account(), "demo") << "all accounts are tom's own";
  v1::ListOrdersRequest others;
  others.set_account("other");
  EXPECT_TRUE(absl::IsPermissionDenied(
      Call<v1::ListOrdersResponse>(tom, "OrderService/ListOrders", others).status()));
}

TEST_F(DoorTest, EachCommandOfATradeSessionIsHeldToo) {
  v1::TradeSessionRequest message;
  const auto add = [&](uint64_t id, const std::string& account) {
    v1::TradeCommand& command = *message.add_commands();
    command.set_request_id(id);
    *command.mutable_submit() = Order(account);
  };
  add(1, "other");
  add(2, "demo");
  std::mutex mutex;
  std::map<uint64_t, std::string> answers;
  const auto channel = As(SignIn("tom"));
  std::promise<void> closed;
  const auto stream = channel->Open<v1::TradeSessionRequest, v1::TradeSessionResponse>(
      "tradewind.v1.OrderService/TradeSession", [&](const auto& s) {
        s.OnMessage([&](const v1::TradeSessionResponse& response) {
          const std::lock_guard lock(mutex);
          for (const v1::TradeAnswer& answer : response.answers()) {
            answers[answer.request_id()] =
                answer.has_order() ? answer.order().account() : answer.error().code();
          }
        });
        s.OnClosed([&](const absl::Status&) { closed.set_value(); });
        s.Write(message);
      });
  EXPECT_TRUE(WaitFor([&] {
    const std::lock_guard lock(mutex);
    return answers.size() == 2;
  }));
  EXPECT_EQ(answers[1], "PERMISSION_DENIED");
  EXPECT_EQ(answers[2], "demo");
  EXPECT_EQ(peers_.oms().Arrivals(""), 1) << "only one came through";
  stream.Cancel();
  closed.get_future().wait();
}

TEST_F(DoorTest, ABrowserSignsInByACookieThatItsScriptsCannotRead) {
  const http::Response login =
      Rest("POST", "/api/v1/login", {}, json{{"user", "tom"}, {"password", kPassword}}.dump());
  ASSERT_EQ(login.status, 200) << login.body;
  const std::string set_cookie(login.Header("Set-Cookie").value_or(""));
  EXPECT_THAT(set_cookie, HasSubstr("HttpOnly; SameSite=Strict"));
  const std::string cookie = set_cookie.substr(0, set_cookie.find(';'));
  EXPECT_THAT(login.body, Not(HasSubstr(cookie.substr(cookie.find('=') + 1))));
  const json identity = json::parse(login.body);
  EXPECT_EQ(identity["user"], "tom");
  const std::string csrf = identity["csrf_token"];
  const std::string order = R"({"account":"demo","symbol":"IBM"})";
  EXPECT_EQ(Rest("GET", "/api/v1/whoami", {{"Cookie", cookie}}).status, 200);
  EXPECT_EQ(Rest("POST", "/api/v1/orders", {{"Cookie", cookie}}, order).status, 403)
      << "another site's page could have sent this";
  EXPECT_EQ(
      Rest("POST", "/api/v1/orders", {{"Cookie", cookie}, {"X-CSRF-Token", "x"}}, order).status,
      403);
  const http::NameValues good = {{"Cookie", "a=b; " + cookie}, {"X-CSRF-Token", csrf}};
  EXPECT_EQ(Rest("POST", "/api/v1/orders", good, order).status, 200);
  EXPECT_EQ(Rest("POST", "/api/v1/logout", good).status, 204);
  EXPECT_EQ(Rest("GET", "/api/v1/whoami", {{"Cookie", cookie}}).status, 401);
}

TEST_F(DoorTest, AKeyIsNoMoreThanItSaysAndEndsItsStreamsWhenRevoked) {
  const std::string tom = SignIn("tom");
  v1::CreateKeyRequest request;
  request.set_label("reader");
  const auto made = Call<v1::CreateKeyResponse>(tom, "AuthService/CreateKey", request);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(absl::IsPermissionDenied(
      Call<v1::Order>(made->secret(), "OrderService/SubmitOrder", Order("demo")).status()));
  v1::CreateKeyRequest greedy = request;
  greedy.add_scopes("trade");
  EXPECT_EQ(
      FieldOf(
          Call<v1::CreateKeyResponse>(made->secret(), "AuthService/CreateKey", greedy).status()),
      "scopes")
      << "a key that reads makes none that trades";
  peers_.oms().on_events = [](const auto&, const auto&) {};  // stays open
  std::promise<absl::Status> closed;
  const auto channel = As(made->secret());
  const auto stream = channel->Open<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
      "tradewind.v1.OrderService/StreamOrderEvents", [&](const auto& s) {
        s.OnClosed([&](const absl::Status& status) { closed.set_value(status); });
        s.Write(v1::StreamOrderEventsRequest());
        s.Finish();
      });
  v1::RevokeKeyRequest revoke;
  revoke.set_key_id(made->key().key_id());
  EXPECT_TRUE(Call<v1::ApiKey>(tom, "AuthService/RevokeKey", revoke).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(closed.get_future().get()));
  EXPECT_TRUE(absl::IsUnauthenticated(CallEmpty(made->secret(), "AuthService/WhoAmI")));
}

// Every channel of /ws: the caller's accounts and nothing of another's.
TEST_F(DoorTest, ChannelsShowTheCallersAccountsAndNoOther) {
  peers_.on_pnl = [](const FakePeers::PnlStream& stream) {
    for (const char* const account : {"other", "demo"}) {
      v1::Pnl pnl;
      pnl.set_account(account);
      v1::Position& position = *pnl.add_positions();
      position.set_account(account);
      position.set_symbol("IBM");
      stream.Write(pnl);
    }
  };
  {
    const std::lock_guard lock(peers_.mutex);
    for (const char* const account : {"other", "demo"}) {
      peers_.exposure.add_exposures()->set_account(account);
      peers_.alerts.add_alerts()->set_account(account);
      peers_.alerts.mutable_alerts()->rbegin()->set_alert_id(account);
      peers_.parents.add_orders()->set_account(account);
      peers_.parents.mutable_orders()->rbegin()->set_parent_order_id(account);
    }
    peers_.exposure.add_scopes()->set_scope("desk");
  }
  peers_.on_parents = [](const FakePeers::ParentStream& stream) { stream.Write({}); };
  peers_.oms().on_ledger = [](const v1::StreamLedgerRequest&, const FakeOms::LedgerStream& stream) {
    v1::LedgerBatch decisions;
    for (const char* const account : {"other", "demo"}) {
      v1::LedgerEvent& event = *decisions.add_events();
      event.set_sequence(static_cast<uint64_t>(decisions.events_size()));
      event.set_account(account);
      event.mutable_risk()->set_approved(true);
    }
    decisions.set_head_sequence(2);
    stream.Write(decisions);
  };
  const std::string tom = SignIn("tom");
  RawWebSocket his(host_.http_address(), tom);
  for (const LiveTopics::Kind& kind : LiveTopics::Kinds()) {
    if (!kind.by_account) {
      continue;
    }
    const std::string name(kind.name);
    his.seen.clear();
    his.Send(R"({"op":"subscribe","channels":[")" + name + R"(:other"]})");
    EXPECT_THAT(his.Until("PERMISSION_DENIED"), HasSubstr("not entitled to account other")) << name;
    his.seen.clear();
    his.Send(R"({"op":"subscribe","channels":[")" + name + R"("]})");
    EXPECT_THAT(his.Until(R"("account":"demo")"), HasSubstr(R"("account":"demo")")) << name;
    his.Send(R"({"op":"ping"})");
    EXPECT_THAT(his.Until("pong"), Not(HasSubstr(R"("account":"other")"))) << name;
    EXPECT_THAT(his.seen, Not(HasSubstr(R"("scope":"desk")"))) << name;
  }
  RawWebSocket hers(host_.http_address(), SignIn("vera"));
  hers.Send(R"({"op":"subscribe","channels":["exposure"]})");
  EXPECT_THAT(hers.Until(R"("scope":"desk")"), HasSubstr(R"("account":"other")"));
  EXPECT_EQ(Rest("GET", "/ws").status, 401);
}

TEST_F(DoorTest, AQuotaThatIsUsedRefusesOrdersButNoCancels) {
  const std::string tom = SignIn("tom");
  v1::SubmitOrdersRequest batch;
  for (int i = 0; i < 5; ++i) {
    *batch.add_orders() = Order("demo");
  }
  EXPECT_TRUE(absl::IsResourceExhausted(
      Call<v1::SubmitOrdersResponse>(tom, "OrderService/SubmitOrders", batch).status()))
      << "each of its orders counts, and a batch that is refused leaves the quota as it was";
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(Call<v1::Order>(tom, "OrderService/SubmitOrder", Order("demo")).ok());
  }
  const absl::Status full =
      Call<v1::Order>(tom, "OrderService/SubmitOrder", Order("demo")).status();
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_GT(RetryAfterOf(full), Duration{});
  const http::Response rest =
      RestAs(tom, "POST", "/api/v1/orders", R"({"account":"demo","symbol":"IBM"})");
  EXPECT_EQ(rest.status, 429);
  EXPECT_TRUE(rest.Header("Retry-After").has_value());
  v1::CancelOrderRequest cancel;
  cancel.set_order_id("1-1");
  EXPECT_TRUE(Call<v1::Order>(tom, "OrderService/CancelOrder", cancel).ok());
  v1::GetQuotaRequest request;
  request.set_account("demo");
  const auto quota = Call<v1::GetQuotaResponse>(tom, "AuthService/GetQuota", request);
  ASSERT_TRUE(quota.ok()) << quota.status();
  EXPECT_EQ(quota->quotas(0).of(), "tom");
  EXPECT_EQ(quota->quotas(1).name(), "account");
  EXPECT_EQ(quota->quotas(1).limit(), 4);
  EXPECT_EQ(quota->quotas(1).used(), 4);
}

TEST_F(DoorTest, TheAuditLogTellsAdminsWhoWasRefusedWhat) {
  EXPECT_TRUE(absl::IsPermissionDenied(CallEmpty(SignIn("vera"), "OrderService/SubmitOrder")));
  EXPECT_TRUE(absl::IsPermissionDenied(CallEmpty(SignIn("vera"), "AuthService/ListAudit")));
  v1::ListAuditRequest request;
  request.set_user("vera");
  request.set_kind("denied");
  const auto log = Call<v1::ListAuditResponse>(admin_, "AuthService/ListAudit", request);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_GE(log->entries_size(), 1);
  EXPECT_EQ(log->entries(0).subject(), "OrderService/SubmitOrder");
  EXPECT_EQ(log->entries(0).text(), "needs the scope trade");
}

TEST_F(DoorTest, TheFirstPasswordIsGoneOnceItWasUsed) {
  std::ifstream file(host_.folder() + "/first-password");
  EXPECT_FALSE(file.good());
  EXPECT_FALSE(admin_password_.empty());
}

TEST(CookieTest, IsFoundAmongOthers) {
  EXPECT_EQ(CookieOf("a=1; tradewind_session=x; b=2", kSessionCookie), "x");
  EXPECT_EQ(CookieOf("xtradewind_session=x", kSessionCookie), "");
  EXPECT_EQ(CookieOf("", kSessionCookie), "");
  EXPECT_EQ(BearerOf("bearer abc"), "abc");
  EXPECT_EQ(BearerOf("Basic abc"), "");
}

TEST(OpenMetricsTest, MetricsAloneAskForNoSignInWhereTheyAreOpen) {
  ::setenv("TRADEWIND_QUESTDB_ADDRESS", "127.9.9.9", 1);
  FakePeers peers;
  peers.Start();
  tw::testing::ServiceHost host{
      "gateway", std::make_unique<GatewayService>(), {"--security", "secure", "--metrics-open"}};
  host.Start();
  EXPECT_EQ(host.Get("/metrics").status, 200);
  EXPECT_EQ(host.Get("/stats").status, 401);
  EXPECT_EQ(host.Get("/status").status, 401);
}

// With security = local nobody signs in.
class LocalDoorTest : public GatewayTest {};

TEST_F(LocalDoorTest, TheCallerIsTheAnonymousTrader) {
  const auto who = host_.Call<v1::Identity>("AuthService/WhoAmI", v1::WhoAmIRequest());
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(who->user(), "anonymous");
  EXPECT_EQ(who->security(), "local");
  v1::LoginRequest login;
  login.set_user("admin");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      host_.Call<v1::LoginResponse>("AuthService/Login", login).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      host_.Call<v1::ListUsersResponse>("AuthService/ListUsers", v1::ListUsersRequest()).status()));
}

}  // namespace
}  // namespace tw::gateway
