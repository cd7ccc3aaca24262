#include "services/cli/audit.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts_file.h"
#include "libs/config/ports.h"
#include "libs/convert/enums.h"
#include "libs/convert/opening.h"
#include "libs/convert/orders.h"
#include "libs/questdb/pool.h"
#include "services/cli/ledger_reader.h"
#include "services/cli/questdb_options.h"
#include "services/cli/table.h"
#include "services/cli/venue_trades.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

constexpr const char* kAccountsFile = "deploy/config/accounts.toml";
constexpr Duration kBetweenLooks = Duration::Millis(200);  // at first; then twice as long each time
constexpr Duration kBetweenLooksMax = Duration::Seconds(3);
constexpr size_t kQuestDbFillsMax = 20'000'000;

absl::StatusOr<OrderLine> Decode(const v1::LedgerEvent& event) {
  OrderLine line;
  TW_ASSIGN_OR_RETURN(line.side, FromProto(event.side()));
  TW_ASSIGN_OR_RETURN(line.status, FromProto(event.status()));
  line.order_id = OrderId::FromValue(event.order_id());
  line.account = event.account();
  line.symbol = event.symbol();
  line.quantity = Quantity::FromE8(event.quantity_e8());
  line.filled = Quantity::FromE8(event.filled_quantity_e8());
  line.leaves = Quantity::FromE8(event.leaves_quantity_e8());
  line.dormant = event.dormant();
  line.canceled = Quantity::FromE8(event.canceled_quantity_e8());
  line.reserve_price = Price::FromE8(event.reserve_price_e8());
  line.requested_quantity = Quantity::FromE8(event.requested_quantity_e8());
  line.requested_price =
      Price::FromE8(event.requested_reserve_price_e8() != 0 ? event.requested_reserve_price_e8()
                                                            : event.requested_price_e8());
  if (tw::IsFill(event.kind())) {
    const v1::Execution& execution = event.execution();
    line.fill_id = execution.fill_id();
    line.fill_quantity = Quantity::FromE8(execution.quantity_e8());
    line.fill_key = execution.venue() + "-" + execution.venue_exec_id();
  }
  return line;
}

// The ledger as far as it was read, and the views beside it.
class Auditor {
 public:
  Auditor(const Context& context, const AuditOptions& options)
      : context_(context), options_(options), questdb_(PoolOptions()) {}

  absl::Status AddOpenings() {
    const bool told = !options_.accounts.empty();
    const absl::StatusOr<Accounts> accounts =
        config::LoadAccounts(told ? options_.accounts : kAccountsFile);
    if (!accounts.ok()) {
      return !told && absl::IsNotFound(accounts.status()) ? absl::OkStatus() : accounts.status();
    }
    accounts_ = *accounts;
    for (const Account& account : accounts_.listed()) {
      for (const OpeningPosition& position : account.opening_positions) {
        books_.AddOpening(account.name, position.symbol, position.quantity);
      }
    }
    return absl::OkStatus();
  }

  // The views that cost little come first; those that list every fill are asked when nothing
  // differs so far, or `thorough`ly.
  absl::StatusOr<AuditReport> Look(bool thorough) {
    TW_RETURN_IF_ERROR(ReadOn());
    AuditReport report;
    report.ledger_sequence = sequence_;
    report.findings = {books_.QuantitiesAddUp(), books_.FillsMakeFilled(),
                       books_.FinishedHaveNoLeaves(), books_.FillIdsAreUnique()};
    TW_RETURN_IF_ERROR(LookAtPositions("pnl", report));
    TW_RETURN_IF_ERROR(LookAtPositions("ptrc", report));
    TW_RETURN_IF_ERROR(LookAtRisk(report));
    if (!report.clean() && !thorough) {
      return report;
    }
    TW_ASSIGN_OR_RETURN(const VenueTrades trades, VenueTradeIds(context_));
    report.findings.push_back(
        CompareFillIds("fill ids in ptrc are those in oms", books_, trades.ids, trades.older));
    TW_ASSIGN_OR_RETURN(Finding questdb, LookAtQuestDb());
    report.findings.push_back(std::move(questdb));
    return report;
  }

 private:
  static questdb::PoolOptions PoolOptions() {
    questdb::PoolOptions options = QuestDbOptions();
    options.rows_max = kQuestDbFillsMax;
    return options;
  }

  absl::Status ReadOn() {
    absl::Status fault;
    const auto last = ReadLedger(context_, sequence_ + 1, [&](const v1::LedgerEvent& event) {
      if (const std::optional<Opening> opening = DecodeOpening(event)) {
        BringIn(*opening);
        return true;
      }
      const absl::StatusOr<OrderLine> line = Decode(event);
      if (!line.ok()) {
        fault = line.status();
        return false;
      }
      books_.Apply(*line);
      return true;
    });
    if (!last.ok()) {
      return last.status();
    }
    sequence_ = *last;
    return fault;
  }

  absl::StatusOr<Finding> LookAtQuestDb() {
    const std::string check = "fill ids in QuestDB are those in oms";
    if (!options_.questdb) {
      return Finding{check, 0, 0, {}, "left out: --no-questdb"};
    }
    const absl::StatusOr<questdb::QueryResult> result = questdb_.Query("select fill_id from fills");
    if (!result.ok()) {
      return absl::Status(result.status().code(), "questdb at " + config::QuestDbPg() + ": " +
                                                      std::string(result.status().message()));
    }
    std::vector<std::string> ids;
    for (const questdb::Row& row : result->rows) {
      ids.push_back(row[0].value_or("(null)"));
    }
    return CompareFillIds(check, books_, ids);
  }

  // What accounts brought in; unless it adds, in place of what accounts.toml says.
  void BringIn(const Opening& opening) {
    const std::optional<Account> account = accounts_.Find(opening.account);
    if (!opening.adds && account) {
      for (const OpeningPosition& position : account->opening_positions) {
        books_.AddOpening(opening.account, position.symbol, -position.quantity);
      }
    }
    for (const OpeningLot& lot : opening.lots) {
      books_.AddOpening(opening.account, lot.symbol, lot.quantity);
    }
  }

  absl::Status LookAtPositions(const std::string& service, AuditReport& report) const {
    TW_ASSIGN_OR_RETURN(const v1::ListPositionsResponse response,
                        context_.Call<v1::ListPositionsResponse>(
                            service, "PortfolioService/ListPositions", v1::ListPositionsRequest()));
    absl::btree_map<CellKey, Quantity> positions;
    for (const v1::Position& position : response.positions()) {
      TW_ASSIGN_OR_RETURN(positions[CellKey(position.account(), position.symbol())],
                          Quantity::Parse(position.quantity()));
    }
    report.findings.push_back(ComparePositions(
        "positions in " + service + " are the signed sums of fills", books_, positions));
    return absl::OkStatus();
  }

  absl::Status LookAtRisk(AuditReport& report) const {
    TW_ASSIGN_OR_RETURN(const v1::GetExposureResponse response,
                        context_.Call<v1::GetExposureResponse>("risk", "RiskService/GetExposure",
                                                               v1::GetExposureRequest()));
    absl::btree_map<CellKey, Quantity> positions;
    absl::btree_map<CellKey, OpenOrders> open;
    for (const v1::Exposure& exposure : response.exposures()) {
      const CellKey cell(exposure.account(), exposure.symbol());
      TW_ASSIGN_OR_RETURN(positions[cell], Quantity::Parse(exposure.position()));
      OpenOrders& orders = open[cell];
      TW_ASSIGN_OR_RETURN(orders.buy, Quantity::Parse(exposure.open_buy()));
      TW_ASSIGN_OR_RETURN(orders.sell, Quantity::Parse(exposure.open_sell()));
      TW_ASSIGN_OR_RETURN(orders.reserved, Money::Parse(exposure.reserved_notional()));
    }
    report.findings.push_back(
        ComparePositions("positions in risk are the signed sums of fills", books_, positions));
    report.findings.push_back(
        CompareOpen("reserved exposure in risk is that of open orders", books_, open));
    return absl::OkStatus();
  }

  const Context& context_;
  const AuditOptions& options_;
  questdb::Pool questdb_;
  Accounts accounts_;
  Books books_;
  uint64_t sequence_ = 0;
};

}  // namespace

bool AuditReport::clean() const {
  return std::all_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.differences == 0; });
}

absl::StatusOr<AuditReport> Audit(const Context& context, const AuditOptions& options) {
  Auditor auditor(context, options);
  TW_RETURN_IF_ERROR(auditor.AddOpenings());
  const int64_t until = MonotonicNanos() + options.settle.ns;
  Duration pause = kBetweenLooks;
  while (true) {
    const bool last = MonotonicNanos() >= until;
    absl::StatusOr<AuditReport> report = auditor.Look(last);
    if (last || (report.ok() && report->clean())) {
      return report;
    }
    const int64_t left_ns = std::max<int64_t>(until - MonotonicNanos(), 0);
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(pause.ns, left_ns)));
    pause = std::min(pause * 2, kBetweenLooksMax);
  }
}

void PrintReport(Context& context, const AuditReport& report) {
  if (context.json) {
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const Finding& f : report.findings) {
      checks.push_back({{"check", f.check},
                        {"looked_at", f.looked_at},
                        {"differences", f.differences},
                        {"examples", f.examples},
                        {"note", f.note}});
    }
    context.out() << nlohmann::ordered_json{{"clean", report.clean()},
                                            {"ledger_sequence", report.ledger_sequence},
                                            {"checks", checks}}
                         .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                  << "\n";
    return;
  }
  std::vector<TableRow> rows;
  for (const Finding& f : report.findings) {
    const bool left_out = f.looked_at == 0 && !f.note.empty();
    rows.push_back({left_out             ? "-"
                    : f.differences == 0 ? "ok"
                                         : "DIFFERS",
                    f.check, std::to_string(f.looked_at), std::to_string(f.differences)});
  }
  context.out() << FormatTable({"", "CHECK", "LOOKED AT", "DIFFERENCES"}, rows);
  for (const Finding& f : report.findings) {
    if (!f.note.empty()) {
      context.out() << f.check << ": " << f.note << "\n";
    }
    for (const std::string& example : f.examples) {
      context.out() << f.check << ": " << example << "\n";
    }
  }
  context.out() << (report.clean() ? "the books agree" : "the books differ") << ", ledger sequence "
                << report.ledger_sequence << "\n";
}

}  // namespace tw::cli
