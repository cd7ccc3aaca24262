#include "services/cli/venue_trades.h"

#include <algorithm>
#include <sstream>

#include "libs/base/status_macros.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/post_trade.pb.h"

namespace tw::cli {
namespace {

constexpr int kListMax = 1'000;  // more than this a list of trades does not show

// None of the columns wanted here can hold a comma or a quote.
std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  std::string field;
  while (std::getline(in, field, ',')) {
    fields.push_back(field);
  }
  return fields;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> TradeIdsInReport(const std::string& csv) {
  std::istringstream in(csv);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = Split(line);
  const auto column = [&](const char* name) {
    return static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  const size_t venue = column("venue");
  const size_t exec_id = column("venue_exec_id");
  if (std::max(venue, exec_id) >= header.size()) {
    return absl::DataLossError("ptrc's report of trades begins with: " + line);
  }
  std::vector<std::string> ids;
  while (std::getline(in, line)) {
    const std::vector<std::string> fields = Split(line);
    if (fields.size() < header.size() - 1) {  // the last one may be empty
      return absl::DataLossError("ptrc's report of trades has the line: " + line);
    }
    ids.push_back(fields[venue] + "-" + fields[exec_id]);
  }
  return ids;
}

absl::StatusOr<VenueTrades> VenueTradeIds(const Context& context) {
  v1::ListTradesRequest request;
  request.set_limit(kListMax);
  TW_ASSIGN_OR_RETURN(
      const v1::ListTradesResponse response,
      context.Call<v1::ListTradesResponse>("ptrc", "PortfolioService/ListTrades", request));
  if (response.trades_size() == kListMax) {
    v1::CreateReportRequest report;
    report.set_kind(v1::REPORT_KIND_TRADES);
    TW_ASSIGN_OR_RETURN(const v1::Report trades,
                        context.Call<v1::Report>("ptrc", "PostTradeService/CreateReport", report));
    TW_ASSIGN_OR_RETURN(std::vector<std::string> ids, TradeIdsInReport(trades.content()));
    return VenueTrades{std::move(ids), trades.older()};
  }
  VenueTrades all;
  for (const v1::Trade& trade : response.trades()) {
    all.ids.push_back(trade.venue() + "-" + trade.venue_exec_id());
  }
  return all;
}

}  // namespace tw::cli
