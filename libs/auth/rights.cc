#include "libs/auth/rights.h"

#include <array>
#include <string>

#include "absl/container/flat_hash_map.h"

namespace tw::auth {
namespace {

using enum Access;
using enum AccountRule;
using S = Scope;

// clang-format off
constexpr Right kRights[] = {
    {"OrderService/SubmitOrder",       kScope, S::kTrade,  kNamed, true},
    {"OrderService/SubmitOrders",      kScope, S::kTrade,  kNamed, true},
    {"OrderService/SubmitLinkedOrders", kScope, S::kTrade, kLinked, true},
    {"OrderService/ReplaceOrder",      kScope, S::kTrade,  kOrder, true},
    {"OrderService/CancelOrder",       kScope, S::kCancel, kOrder},
    {"OrderService/CancelAllOrders",   kScope, S::kCancel, kMust},
    {"OrderService/GetOrder",          kScope, S::kRead,   kAnswer},
    {"OrderService/ListOrders",        kScope, S::kRead,   kFilter},
    {"OrderService/ListFills",         kScope, S::kRead,   kFilter},
    {"OrderService/PreviewOrder",      kScope, S::kRead,   kNamed},
    {"OrderService/StreamOrderEvents", kScope, S::kRead,   kFilter},
    {"OrderService/TradeSession",      kScope, S::kRead,   kNone},  // each command by its own right

    {"RiskService/CheckOrder",             kScope, S::kRead, kNamed},
    {"RiskService/GetLimits",              kScope, S::kRead, kFilter},
    {"RiskService/SetLimits",              kScope, S::kRisk, kMust},
    {"RiskService/GetExposure",            kScope, S::kRead, kFilter},
    {"RiskService/ListAlerts",             kScope, S::kRead, kFilter},
    {"RiskService/AckAlert",               kScope, S::kRisk, kNone},
    {"RiskService/BlockSymbol",            kScope, S::kRisk, kNone},
    {"RiskService/UnblockSymbol",          kScope, S::kRisk, kNone},
    {"RiskService/ListSymbolBlocks",       kScope, S::kRead, kNone},
    {"RiskService/EngageKillSwitch",       kScope, S::kRisk, kNone},
    {"RiskService/ReleaseKillSwitch",      kScope, S::kRisk, kNone},
    {"RiskService/GetKillSwitch",          kScope, S::kRead, kNone},
    {"RiskService/ListKillReports",        kScope, S::kRead, kNone},
    {"RiskService/ListDisabledStrategies", kScope, S::kRead, kNone},
    {"RiskService/EnableStrategy",         kScope, S::kRisk, kNone},
    {"RiskService/ListChanges",            kScope, S::kRead, kNone},

    {"MarketDataService/ListInstruments",  kScope, S::kRead, kNone},
    {"MarketDataService/ListTickers",      kScope, S::kRead, kNone},
    {"MarketDataService/GetTicker",        kScope, S::kRead, kNone},
    {"MarketDataService/GetOrderBook",     kScope, S::kRead, kNone},
    {"MarketDataService/ListTrades",       kScope, S::kRead, kNone},
    {"MarketDataService/ListBars",         kScope, S::kRead, kNone},
    {"MarketDataService/StreamMarketData", kScope, S::kRead, kNone},

    {"PortfolioService/ListPositions",  kScope, S::kRead, kFilter},
    {"PortfolioService/GetPnl",         kScope, S::kRead, kNamed},
    {"PortfolioService/ListPnlHistory", kScope, S::kRead, kNamed},
    {"PortfolioService/ListLots",       kScope, S::kRead, kFilter},
    {"PortfolioService/ListTrades",     kScope, S::kRead, kFilter},
    {"PortfolioService/StreamPnl",      kScope, S::kRead, kFilter},

    {"ExecutionService/SubmitParentOrder",  kScope, S::kTrade,  kNamed, true},
    {"ExecutionService/GetParentOrder",     kScope, S::kRead,   kAnswer},
    {"ExecutionService/ListParentOrders",   kScope, S::kRead,   kFilter},
    {"ExecutionService/PauseParentOrder",   kScope, S::kCancel, kParent},
    {"ExecutionService/ResumeParentOrder",  kScope, S::kTrade,  kParent},
    {"ExecutionService/CancelParentOrder",  kScope, S::kCancel, kParent},
    {"ExecutionService/ReplaceParentOrder", kScope, S::kTrade,  kParent, true},
    {"ExecutionService/StreamParentOrders", kScope, S::kRead,   kFilter},
    {"ExecutionService/Route",              kInner},
    {"ExecutionService/ListVenues",         kScope, S::kRead,   kNone},
    {"ExecutionService/GetRoute",           kInner},

    {"ExecutionQualityService/GetOrderQuality",  kScope, S::kRead, kAnswer},
    {"ExecutionQualityService/ListVenueQuality", kScope, S::kRead, kNone},
    {"ExecutionQualityService/GetBenchmarks",    kScope, S::kRead, kNone},
    {"FeatureService/GetFeatures",            kScope, S::kRead, kNone},
    {"FeatureService/ListFeatureDefinitions", kScope, S::kRead, kNone},
    {"FeatureService/ListFeatureHistory",     kScope, S::kRead, kNone},

    {"AuthService/Login",          kOpen},
    {"AuthService/Logout",         kSignedIn},
    {"AuthService/WhoAmI",         kSignedIn},
    {"AuthService/ChangePassword", kSignedIn},
    {"AuthService/ListUsers",      kScope, S::kAdmin},
    {"AuthService/CreateUser",     kScope, S::kAdmin},
    {"AuthService/UpdateUser",     kScope, S::kAdmin},
    {"AuthService/ListKeys",       kSignedIn},  // one's own
    {"AuthService/CreateKey",      kSignedIn},  // with no more rights than the caller's
    {"AuthService/RevokeKey",      kSignedIn},
    {"AuthService/GetQuota",       kScope, S::kRead, kNamed},
    {"AuthService/ListAudit",      kScope, S::kAdmin},

    {"OrderAdminService/ResolveOrder",   kInner},
    {"OrderAdminService/ImportOpening",  kInner},
    {"OrderLedgerService/StreamLedger",  kInner},
    {"AltDataService/Ingest",            kInner},
    {"MarketFeedService/StreamFeed",     kInner},
    {"PostTradeService/ListBreaks",      kInner},
    {"PostTradeService/ListSurveillanceAlerts", kInner},
    {"PostTradeService/CreateReport",    kInner},
    {"PostTradeService/GetReport",       kInner},
    {"KillSwitchService/ApplyKillSwitch", kInner},
    {"RiskGateService/Gate",             kInner},
    {"VenueService/Trade",               kInner},
    {"VenueService/StreamExecutions",    kInner},
    {"VenueService/GetVenueStatus",      kInner},
    {"VenueService/ListVenueOrders",     kInner},
    {"VenueService/Replay",              kInner},
    {"VenueService/Panic",               kInner},
    {"VenueService/BustTrade",           kInner},
    {"VenueService/CorrectTrade",        kInner},

    // Of routes that stand for no method.
    {"gateway/Alive",     kOpen},
    {"gateway/Page",      kOpen},
    {"gateway/OpenApi",   kOpen},
    {"gateway/Status",    kScope, S::kRead},
    {"gateway/Inside",    kScope, S::kOperate},
    {"gateway/Live",      kScope, S::kRead},
    {"gateway/OrderLife", kScope, S::kRead, kAnswer},
};

constexpr RouteRight kRoutes[] = {
    {"POST /api/v1/orders",            "OrderService/SubmitOrder"},
    {"POST /api/v1/orders/batch",      "OrderService/SubmitOrders"},
    {"POST /api/v1/orders/linked",     "OrderService/SubmitLinkedOrders"},
    {"PATCH /api/v1/orders/{id}",      "OrderService/ReplaceOrder"},
    {"DELETE /api/v1/orders/{id}",     "OrderService/CancelOrder"},
    {"DELETE /api/v1/orders",          "OrderService/CancelAllOrders"},
    {"GET /api/v1/orders/{id}",        "OrderService/GetOrder"},
    {"GET /api/v1/orders",             "OrderService/ListOrders"},
    {"GET /api/v1/orders/{id}/fills",  "OrderService/ListFills"},
    {"GET /api/v1/fills",              "OrderService/ListFills"},
    {"POST /api/v1/orders/preview",    "OrderService/PreviewOrder"},
    {"GET /api/v1/orders/{id}/life",   "gateway/OrderLife"},
    {"GET /api/v1/orders/{id}/trace",  "gateway/OrderLife"},
    {"GET /api/v1/orders/{id}/route",  "gateway/OrderLife"},

    {"POST /api/v1/parents",             "ExecutionService/SubmitParentOrder"},
    {"GET /api/v1/parents",              "ExecutionService/ListParentOrders"},
    {"GET /api/v1/parents/{id}",         "ExecutionService/GetParentOrder"},
    {"PATCH /api/v1/parents/{id}",       "ExecutionService/ReplaceParentOrder"},
    {"DELETE /api/v1/parents/{id}",      "ExecutionService/CancelParentOrder"},
    {"POST /api/v1/parents/{id}/pause",  "ExecutionService/PauseParentOrder"},
    {"POST /api/v1/parents/{id}/resume", "ExecutionService/ResumeParentOrder"},

    {"POST /api/v1/check",                  "RiskService/CheckOrder"},
    {"POST /api/v1/risk/check",             "RiskService/CheckOrder"},
    {"GET /api/v1/risk/portfolio",          "RiskService/GetExposure"},
    {"GET /api/v1/risk/exposure",           "RiskService/GetExposure"},
    {"GET /api/v1/risk/limits",             "RiskService/GetLimits"},
    {"PUT /api/v1/risk/limits",             "RiskService/SetLimits"},
    {"GET /api/v1/risk/alerts",             "RiskService/ListAlerts"},
    {"POST /api/v1/risk/alerts/{id}/ack",   "RiskService/AckAlert"},
    {"POST /api/v1/risk/symbol/{symbol}/block",   "RiskService/BlockSymbol"},
    {"DELETE /api/v1/risk/symbol/{symbol}/block", "RiskService/UnblockSymbol"},
    {"GET /api/v1/risk/blocks",              "RiskService/ListSymbolBlocks"},
    {"GET /api/v1/risk/kill-switch",         "RiskService/GetKillSwitch"},
    {"POST /api/v1/risk/kill-switch",        "RiskService/EngageKillSwitch"},
    {"DELETE /api/v1/risk/kill-switch",      "RiskService/ReleaseKillSwitch"},
    {"GET /api/v1/risk/kill-switch/reports", "RiskService/ListKillReports"},
    {"GET /api/v1/risk/strategies/disabled", "RiskService/ListDisabledStrategies"},
    {"POST /api/v1/risk/strategies/{strategy}/enable", "RiskService/EnableStrategy"},
    {"GET /api/v1/risk/changes",             "RiskService/ListChanges"},

    {"GET /api/v1/positions",    "PortfolioService/ListPositions"},
    {"GET /api/v1/pnl",          "PortfolioService/GetPnl"},
    {"GET /api/v1/pnl/realtime", "PortfolioService/GetPnl"},
    {"GET /api/v1/pnl/history",  "PortfolioService/ListPnlHistory"},
    {"GET /api/v1/lots",         "PortfolioService/ListLots"},
    {"GET /api/v1/trades",       "PortfolioService/ListTrades"},

    {"GET /api/v1/tickers",            "MarketDataService/ListTickers"},
    {"GET /api/v1/ticker/{symbol}",    "MarketDataService/GetTicker"},
    {"GET /api/v1/tickers/{symbol}",   "MarketDataService/GetTicker"},
    {"GET /api/v1/orderbook/{symbol}", "MarketDataService/GetOrderBook"},
    {"GET /api/v1/trades/{symbol}",    "MarketDataService/ListTrades"},
    {"GET /api/v1/candles/{symbol}",   "MarketDataService/ListBars"},
    {"GET /api/v1/symbols",            "MarketDataService/ListInstruments"},
    {"GET /api/v1/symbols/search",     "MarketDataService/ListInstruments"},
    {"GET /tickers",            "MarketDataService/ListTickers"},
    {"GET /ticker/{symbol}",    "MarketDataService/GetTicker"},
    {"GET /tickers/{symbol}",   "MarketDataService/GetTicker"},
    {"GET /orderbook/{symbol}", "MarketDataService/GetOrderBook"},
    {"GET /trades/{symbol}",    "MarketDataService/ListTrades"},
    {"GET /candles/{symbol}",   "MarketDataService/ListBars"},
    {"GET /symbols",            "MarketDataService/ListInstruments"},
    {"GET /symbols/search",     "MarketDataService/ListInstruments"},

    {"GET /api/v1/execution/orders/{id}",          "ExecutionQualityService/GetOrderQuality"},
    {"GET /api/v1/execution/venues",               "ExecutionQualityService/ListVenueQuality"},
    {"GET /api/v1/execution/benchmarks/{symbol}",  "ExecutionQualityService/GetBenchmarks"},
    {"GET /api/v1/venues",                         "ExecutionService/ListVenues"},
    {"GET /api/v1/features",                       "FeatureService/ListFeatureDefinitions"},
    {"GET /api/v1/features/{symbol}",              "FeatureService/GetFeatures"},
    {"GET /api/v1/features/{symbol}/history",      "FeatureService/ListFeatureHistory"},

    {"POST /api/v1/login",          "AuthService/Login"},
    {"POST /api/v1/logout",         "AuthService/Logout"},
    {"GET /api/v1/whoami",          "AuthService/WhoAmI"},
    {"POST /api/v1/password",       "AuthService/ChangePassword"},
    {"GET /api/v1/users",           "AuthService/ListUsers"},
    {"POST /api/v1/users",          "AuthService/CreateUser"},
    {"PATCH /api/v1/users/{name}",  "AuthService/UpdateUser"},
    {"GET /api/v1/keys",            "AuthService/ListKeys"},
    {"POST /api/v1/keys",           "AuthService/CreateKey"},
    {"DELETE /api/v1/keys/{id}",    "AuthService/RevokeKey"},
    {"GET /api/v1/quota",           "AuthService/GetQuota"},
    {"GET /api/v1/audit",           "AuthService/ListAudit"},

    {"GET /health",            "gateway/Alive"},
    {"GET /ready",             "gateway/Alive"},
    {"GET /check",             "gateway/Status"},
    {"GET /stats",             "gateway/Inside"},
    {"GET /metrics",           "gateway/Status"},
    {"GET /trace/{order_id}",  "gateway/Inside"},
    {"GET /status",            "gateway/Status"},
    {"GET /api/v1/health",     "gateway/Status"},
    {"GET /ws",                "gateway/Live"},
    {"GET /api/openapi.json",  "gateway/OpenApi"},
    {"GET /{path*}",           "gateway/Page"},
};
// clang-format on

}  // namespace

std::span<const Right> Rights() {
  return kRights;
}
std::span<const RouteRight> RouteRights() {
  return kRoutes;
}

const Right* FindRight(std::string_view name) {
  static const auto* const by_name = [] {
    auto* const map = new absl::flat_hash_map<std::string_view, const Right*>();
    for (const Right& right : kRights) {
      map->emplace(right.name, &right);
    }
    return map;
  }();
  const auto it = by_name->find(name);
  return it == by_name->end() ? nullptr : it->second;
}

const Right* FindRouteRight(std::string_view method, std::string_view pattern) {
  static const auto* const by_route = [] {
    auto* const map = new absl::flat_hash_map<std::string, const Right*>();
    for (const RouteRight& route : kRoutes) {
      map->emplace(std::string(route.route), FindRight(route.right));
    }
    return map;
  }();
  const auto it = by_route->find(std::string(method) + " " + std::string(pattern));
  return it == by_route->end() ? nullptr : it->second;
}

}  // namespace tw::auth
