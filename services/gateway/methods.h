// Methods: every public method that the gateway forwards, and who owns it. gRPC and REST both read
// this table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::gateway {

namespace v1 = ::tradewind::v1;

enum class Peer : uint8_t {
  kOms,
  kRisk,
  kHotCache,
  kPnl,
  kPtrc,
  kExecutionQuality,
  kFeatures,
  kExeq
};

inline constexpr size_t kPeers = 8;
// By Peer; the names of libs/config/ports.h.
inline constexpr std::array<std::string_view, kPeers> kPeerNames = {
    "oms", "risk", "hot-cache", "pnl", "ptrc", "execution-quality", "feature-pipeline", "exeq"};

constexpr std::string_view NameOf(Peer peer) {
  return kPeerNames[static_cast<size_t>(peer)];
}

template <typename Req, typename Resp>
struct Method {
  using Request = Req;
  using Response = Resp;
  Peer owner{};
  std::string_view service;  // "OrderService"
  std::string_view name;     // "GetOrder"
};

namespace methods {

// SubmitOrder, CancelOrder and ReplaceOrder go over the OrderLink.
inline constexpr Method<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse> kCancelAllOrders{
    Peer::kOms, "OrderService", "CancelAllOrders"};
inline constexpr Method<v1::GetOrderRequest, v1::Order> kGetOrder{Peer::kOms, "OrderService",
                                                                  "GetOrder"};
inline constexpr Method<v1::ListOrdersRequest, v1::ListOrdersResponse> kListOrders{
    Peer::kOms, "OrderService", "ListOrders"};
inline constexpr Method<v1::ListFillsRequest, v1::ListFillsResponse> kListFills{
    Peer::kOms, "OrderService", "ListFills"};
inline constexpr Method<v1::SubmitOrderRequest, v1::PreviewOrderResponse> kPreviewOrder{
    Peer::kOms, "OrderService", "PreviewOrder"};
inline constexpr Method<v1::SubmitOrdersRequest, v1::SubmitOrdersResponse> kSubmitOrders{
    Peer::kOms, "OrderService", "SubmitOrders"};
inline constexpr Method<v1::SubmitLinkedOrdersRequest, v1::LinkedOrders> kSubmitLinkedOrders{
    Peer::kOms, "OrderService", "SubmitLinkedOrders"};
inline constexpr Method<v1::StreamOrderEventsRequest, v1::OrderEventBatch> kStreamOrderEvents{
    Peer::kOms, "OrderService", "StreamOrderEvents"};
inline constexpr Method<v1::TradeSessionRequest, v1::TradeSessionResponse> kTradeSession{
    Peer::kOms, "OrderService", "TradeSession"};

inline constexpr Method<v1::CheckOrderRequest, v1::CheckOrderResponse> kCheckOrder{
    Peer::kRisk, "RiskService", "CheckOrder"};
inline constexpr Method<v1::GetLimitsRequest, v1::GetLimitsResponse> kGetLimits{
    Peer::kRisk, "RiskService", "GetLimits"};
inline constexpr Method<v1::SetLimitsRequest, v1::Limits> kSetLimits{Peer::kRisk, "RiskService",
                                                                     "SetLimits"};
inline constexpr Method<v1::GetExposureRequest, v1::GetExposureResponse> kGetExposure{
    Peer::kRisk, "RiskService", "GetExposure"};
inline constexpr Method<v1::ListAlertsRequest, v1::ListAlertsResponse> kListAlerts{
    Peer::kRisk, "RiskService", "ListAlerts"};
inline constexpr Method<v1::AckAlertRequest, v1::RiskAlert> kAckAlert{Peer::kRisk, "RiskService",
                                                                      "AckAlert"};
inline constexpr Method<v1::BlockSymbolRequest, v1::SymbolBlock> kBlockSymbol{
    Peer::kRisk, "RiskService", "BlockSymbol"};
inline constexpr Method<v1::UnblockSymbolRequest, v1::SymbolBlock> kUnblockSymbol{
    Peer::kRisk, "RiskService", "UnblockSymbol"};
inline constexpr Method<v1::ListSymbolBlocksRequest, v1::ListSymbolBlocksResponse>
    kListSymbolBlocks{Peer::kRisk, "RiskService", "ListSymbolBlocks"};
inline constexpr Method<v1::EngageKillSwitchRequest, v1::KillSwitch> kEngageKillSwitch{
    Peer::kRisk, "RiskService", "EngageKillSwitch"};
inline constexpr Method<v1::ReleaseKillSwitchRequest, v1::KillSwitch> kReleaseKillSwitch{
    Peer::kRisk, "RiskService", "ReleaseKillSwitch"};
inline constexpr Method<v1::GetKillSwitchRequest, v1::KillSwitch> kGetKillSwitch{
    Peer::kRisk, "RiskService", "GetKillSwitch"};
inline constexpr Method<v1::ListKillReportsRequest, v1::ListKillReportsResponse> kListKillReports{
    Peer::kRisk, "RiskService", "ListKillReports"};
inline constexpr Method<v1::ListDisabledStrategiesRequest, v1::ListDisabledStrategiesResponse>
    kListDisabledStrategies{Peer::kRisk, "RiskService", "ListDisabledStrategies"};
inline constexpr Method<v1::EnableStrategyRequest, v1::DisabledStrategy> kEnableStrategy{
    Peer::kRisk, "RiskService", "EnableStrategy"};
inline constexpr Method<v1::ListChangesRequest, v1::ListChangesResponse> kListChanges{
    Peer::kRisk, "RiskService", "ListChanges"};

inline constexpr Method<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse> kListInstruments{
    Peer::kHotCache, "MarketDataService", "ListInstruments"};
inline constexpr Method<v1::ListTickersRequest, v1::ListTickersResponse> kListTickers{
    Peer::kHotCache, "MarketDataService", "ListTickers"};
inline constexpr Method<v1::GetTickerRequest, v1::Ticker> kGetTicker{
    Peer::kHotCache, "MarketDataService", "GetTicker"};
inline constexpr Method<v1::GetOrderBookRequest, v1::OrderBook> kGetOrderBook{
    Peer::kHotCache, "MarketDataService", "GetOrderBook"};
inline constexpr Method<v1::ListMarketTradesRequest, v1::ListMarketTradesResponse>
    kListMarketTrades{Peer::kHotCache, "MarketDataService", "ListTrades"};
inline constexpr Method<v1::ListBarsRequest, v1::ListBarsResponse> kListBars{
    Peer::kHotCache, "MarketDataService", "ListBars"};
inline constexpr Method<v1::StreamMarketDataRequest, v1::MarketDataUpdate> kStreamMarketData{
    Peer::kHotCache, "MarketDataService", "StreamMarketData"};

inline constexpr Method<v1::ListPositionsRequest, v1::ListPositionsResponse> kListPositions{
    Peer::kPnl, "PortfolioService", "ListPositions"};
inline constexpr Method<v1::GetPnlRequest, v1::Pnl> kGetPnl{Peer::kPnl, "PortfolioService",
                                                            "GetPnl"};
inline constexpr Method<v1::ListPnlHistoryRequest, v1::ListPnlHistoryResponse> kListPnlHistory{
    Peer::kPnl, "PortfolioService", "ListPnlHistory"};
inline constexpr Method<v1::StreamPnlRequest, v1::Pnl> kStreamPnl{Peer::kPnl, "PortfolioService",
                                                                  "StreamPnl"};
inline constexpr Method<v1::ListLotsRequest, v1::ListLotsResponse> kListLots{
    Peer::kPtrc, "PortfolioService", "ListLots"};
inline constexpr Method<v1::ListTradesRequest, v1::ListTradesResponse> kListTrades{
    Peer::kPtrc, "PortfolioService", "ListTrades"};

inline constexpr Method<v1::GetOrderQualityRequest, v1::OrderQuality> kGetOrderQuality{
    Peer::kExecutionQuality, "ExecutionQualityService", "GetOrderQuality"};
inline constexpr Method<v1::ListVenueQualityRequest, v1::ListVenueQualityResponse>
    kListVenueQuality{Peer::kExecutionQuality, "ExecutionQualityService", "ListVenueQuality"};
inline constexpr Method<v1::GetBenchmarksRequest, v1::Benchmarks> kGetBenchmarks{
    Peer::kExecutionQuality, "ExecutionQualityService", "GetBenchmarks"};

inline constexpr Method<v1::GetFeaturesRequest, v1::FeatureSet> kGetFeatures{
    Peer::kFeatures, "FeatureService", "GetFeatures"};
inline constexpr Method<v1::ListFeatureDefinitionsRequest, v1::ListFeatureDefinitionsResponse>
    kListFeatureDefinitions{Peer::kFeatures, "FeatureService", "ListFeatureDefinitions"};
inline constexpr Method<v1::ListFeatureHistoryRequest, v1::ListFeatureHistoryResponse>
    kListFeatureHistory{Peer::kFeatures, "FeatureService", "ListFeatureHistory"};

inline constexpr Method<v1::ListVenuesRequest, v1::ListVenuesResponse> kListVenues{
    Peer::kExeq, "ExecutionService", "ListVenues"};
// By REST alone, where the order says for whom it is.
inline constexpr Method<v1::GetRouteRequest, v1::OrderRoute> kGetRoute{
    Peer::kExeq, "ExecutionService", "GetRoute"};
inline constexpr Method<v1::SubmitParentOrderRequest, v1::ParentOrder> kSubmitParentOrder{
    Peer::kExeq, "ExecutionService", "SubmitParentOrder"};
inline constexpr Method<v1::GetParentOrderRequest, v1::ParentOrder> kGetParentOrder{
    Peer::kExeq, "ExecutionService", "GetParentOrder"};
inline constexpr Method<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>
    kListParentOrders{Peer::kExeq, "ExecutionService", "ListParentOrders"};
inline constexpr Method<v1::PauseParentOrderRequest, v1::ParentOrder> kPauseParentOrder{
    Peer::kExeq, "ExecutionService", "PauseParentOrder"};
inline constexpr Method<v1::ResumeParentOrderRequest, v1::ParentOrder> kResumeParentOrder{
    Peer::kExeq, "ExecutionService", "ResumeParentOrder"};
inline constexpr Method<v1::CancelParentOrderRequest, v1::ParentOrder> kCancelParentOrder{
    Peer::kExeq, "ExecutionService", "CancelParentOrder"};
inline constexpr Method<v1::ReplaceParentOrderRequest, v1::ParentOrder> kReplaceParentOrder{
    Peer::kExeq, "ExecutionService", "ReplaceParentOrder"};
inline constexpr Method<v1::StreamParentOrdersRequest, v1::ParentOrderUpdates> kStreamParentOrders{
    Peer::kExeq, "ExecutionService", "StreamParentOrders"};

}  // namespace methods
}  // namespace tw::gateway
