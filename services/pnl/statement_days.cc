#include "services/pnl/statement_days.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/convert/opening.h"
#include "services/pnl/statement_events.h"
#include "services/pnl/statement_print.h"

namespace tw::pnl {

namespace v1 = tradewind::v1;

namespace {

constexpr int64_t kDayNs = Duration::Seconds(86'400).ns;

StatementMaker::Windows Everywhere(DayWindow window) {
  return [window](const std::string&) { return window; };
}

std::optional<Price> NoQuotes(const std::string&, Timestamp) {
  return std::nullopt;
}

FillSource FillsIn(FillSpool& spool, const std::vector<uint64_t>& places) {
  return [&spool, &places](const std::function<void(const StatementFill&)>& take) -> absl::Status {
    for (const uint64_t place : places) {
      TW_ASSIGN_OR_RETURN(const std::string bytes, spool.Read(place));
      v1::LedgerEvent event;
      const bool parsed = event.ParseFromString(bytes);
      const std::optional<StatementFill> fill = DecodeStatementFill(event);
      if (!parsed || !fill) {
        return absl::DataLossError("the spool of fills does not hold what was written");
      }
      take(*fill);
    }
    return absl::OkStatus();
  };
}

}  // namespace

StatementDays::StatementDays(Accounts accounts,
                             TradingDays days,
                             journal::FileSystem& files,
                             const std::string& folder,
                             OnWritten on_written)
    : accounts_(std::move(accounts)),
      days_(std::move(days)),
      files_(files),
      spools_(folder + "/statement-fills"),
      statements_(files, folder + "/statements"),
      on_written_(std::move(on_written)) {
  for (const std::string& name : days_.Markets()) {
    markets_.push_back(std::make_unique<Market>(name, FillSpool(files, spools_ + "/" + name)));
  }
}

absl::Status StatementDays::Enter(Market& market, int64_t day) {
  const std::string text = FormatRfc3339({day * kDayNs}).substr(0, 10);
  TW_ASSIGN_OR_RETURN(const bool there, statements_.Holds(text, market.name));
  market.there = there;
  market.day = day;
  market.window = days_.OfMarket(market.name, day);
  return absl::OkStatus();
}

absl::Status StatementDays::Begin(Timestamp first) {
  TW_RETURN_IF_ERROR(files_.CreateDirectory(spools_));
  for (const auto& market : markets_) {
    TW_RETURN_IF_ERROR(Enter(*market, days_.DayAt(market->name, first)));
  }
  for (const auto& market : markets_) {
    for (const Account& account : accounts_.listed()) {
      if (!account.opening_positions.empty()) {
        BookOf(*market, account.name);
      }
    }
  }
  began_ = true;
  return absl::OkStatus();
}

StatementDays::Book& StatementDays::BookOf(Market& market, const std::string& account) {
  const auto found = market.books.find(account);
  if (found != market.books.end()) {
    return found->second;
  }
  Account unknown;  // any more: it begins with nothing, as pnl has it
  unknown.name = account;
  unknown.opening_cash = Money();
  StatementMaker maker(accounts_.Find(account).value_or(unknown), Everywhere(market.window),
                       StatementMaker::Fills::kNot);
  return market.books.emplace(account, Book{std::move(maker), {}}).first->second;
}

absl::Status StatementDays::Apply(const v1::LedgerEvent& event) {
  const Timestamp booked = {event.time_ns()};
  if (!began_) {
    TW_RETURN_IF_ERROR(Begin(booked));
  }
  TW_RETURN_IF_ERROR(RollTo(booked));
  if (const std::optional<Opening> opening = DecodeOpening(event)) {
    for (const auto& market : markets_) {
      BookOf(*market, opening->account).maker.Apply(*opening, booked);
    }
    return absl::OkStatus();
  }
  const std::optional<StatementFill> fill = DecodeStatementFill(event);
  return fill ? Take(event, *fill) : absl::OkStatus();
}

absl::Status StatementDays::Take(const v1::LedgerEvent& event, const StatementFill& fill) {
  // What can fail comes before what cannot be done twice.
  const std::string bytes = event.SerializeAsString();
  std::vector<uint64_t> places;
  for (const auto& market : markets_) {
    uint64_t place = 0;
    if (!market->there) {
      TW_ASSIGN_OR_RETURN(place, market->spool.Append(bytes));
    }
    places.push_back(place);
  }
  for (size_t i = 0; i < markets_.size(); ++i) {
    Book& book = BookOf(*markets_[i], fill.fill.account);
    if (book.maker.Apply(fill) && !markets_[i]->there) {
      book.fills.push_back(places[i]);
    }
  }
  return absl::OkStatus();
}

absl::Status StatementDays::RollTo(Timestamp now) {
  if (!began_) {
    return absl::OkStatus();
  }
  for (const auto& market : markets_) {
    while (market->window.end <= now) {
      if (!market->there) {
        TW_RETURN_IF_ERROR(Close(*market));
        market->there = true;
      }
      TW_RETURN_IF_ERROR(market->spool.Clear());
      // Days that nobody has anything in are passed over.
      TW_RETURN_IF_ERROR(Enter(
          *market, days_.DayAt(market->name, market->books.empty() ? now : market->window.end)));
      for (auto& [account, book] : market->books) {
        book.maker.Begin(Everywhere(market->window));
        book.fills = {};
      }
    }
  }
  return absl::OkStatus();
}

bool StatementDays::Concerns(const Market& market, const Statement& statement) const {
  if (market.name == kRoundTheClock && !statement.cash_brought_in.IsZero()) {
    return true;
  }
  return std::any_of(statement.positions.begin(), statement.positions.end(),
                     [&](const StatementPosition& position) {
                       return days_.MarketOf(position.symbol) == market.name;
                     });
}

absl::Status StatementDays::Close(Market& market) {
  Written written;
  written.day = FormatRfc3339({market.day * kDayNs}).substr(0, 10);
  written.market = market.name;
  const StatementHead head = {written.day, /*is_over=*/true, market.name};
  std::vector<StatementFile> files;
  for (const auto& [account, book] : market.books) {
    const auto statement = std::make_shared<const Statement>(book.maker.Make(NoQuotes));
    if (!Concerns(market, *statement)) {
      continue;
    }
    if (!statement->Reconciles()) {
      ++written.left_out;
      continue;
    }
    ++written.accounts;
    const FillSource fills = FillsIn(market.spool, book.fills);
    files.push_back({StatementName(account) + ".json", [head, statement, fills](auto& out) {
                       return WriteStatementJson(head, *statement, fills, out);
                     }});
    files.push_back({StatementName(account) + ".csv", [head, statement, fills](auto& out) {
                       return WriteStatementCsv(head, *statement, fills, out);
                     }});
  }
  if (!files.empty()) {
    TW_RETURN_IF_ERROR(statements_.Write(written.day, written.market, files));
  }
  if (written.accounts + written.left_out > 0) {
    on_written_(written);
  }
  return absl::OkStatus();
}

}  // namespace tw::pnl
