#include "services/oms/opening_request.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"

namespace tw::oms {
namespace {

constexpr size_t kImportIdMax = 64;

bool IsImportId(const std::string& text) {
  return !text.empty() && text.size() <= kImportIdMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-' || c == ':';
         });
}

bool IsLine(const std::string& text, size_t max) {
  return !text.empty() && text.size() <= max && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  });
}

// Reads the rows one by one; what is wrong with them is kept, each with its line.
class RowReader {
 public:
  RowReader(const v1::ImportOpeningRequest& request,
            const Accounts& accounts,
            const Instruments& instruments)
      : request_(request), accounts_(accounts), instruments_(instruments) {}

  absl::StatusOr<std::vector<Opening>> Read() {
    for (int i = 0; i < request_.rows_size(); ++i) {
      const v1::OpeningRow& row = request_.rows(i);
      at_ =
          row.line() > 0 ? "line " + std::to_string(row.line()) : "rows[" + std::to_string(i) + "]";
      ReadRow(row);
    }
    LookAtAccounts();
    if (faults_ > 0) {
      return absl::InvalidArgumentError(
          faults_ <= kOpeningFaultsMax
              ? text_
              : text_ + "\nand " + std::to_string(faults_ - kOpeningFaultsMax) + " more");
    }
    std::vector<Opening> out;
    for (auto& [name, opening] : openings_) {
      std::stable_sort(opening.lots.begin(), opening.lots.end(), [](const auto& a, const auto& b) {
        return std::tie(a.symbol, a.opened) < std::tie(b.symbol, b.opened);
      });
      out.push_back(std::move(opening));
    }
    return out;
  }

 private:
  void Fault(const std::string& what) { FaultAt(at_, what); }
  void FaultAt(const std::string& where, const std::string& what) {
    if (++faults_ <= kOpeningFaultsMax) {
      text_ += (text_.empty() ? "" : "\n") + where + ": " + what;
    }
  }

  void ReadRow(const v1::OpeningRow& row) {
    const std::optional<Account> account = accounts_.Find(row.account());
    if (!account) {
      Fault(IsAccountName(row.account()) ? "account: " + row.account() + " is not listed"
                                         : "account: is no account's name");
      return;
    }
    const auto [it, added] = openings_.try_emplace(row.account());
    Opening& opening = it->second;
    if (added) {
      opening.import_id = request_.import_id();
      opening.by = request_.by();
      opening.reason = request_.reason();
      opening.account = row.account();
      opening.adds = request_.add();
      opening.currency = account->base_currency;
    }
    const bool lot = !row.symbol().empty() || !row.quantity().empty() || !row.price().empty() ||
                     row.has_opened();
    const bool cash = !row.currency().empty() || !row.amount().empty();
    if (lot == cash) {
      Fault(lot ? "is a lot (symbol, quantity, price) or cash (currency, amount), not both"
                : "is neither a lot (symbol, quantity, price) nor cash (currency, amount)");
    } else if (lot) {
      ReadLot(row, opening);
    } else {
      ReadCash(row, opening);
    }
  }

  void ReadCash(const v1::OpeningRow& row, Opening& opening) {
    const absl::StatusOr<Money> amount = Money::Parse(row.amount());
    if (row.currency() != opening.currency) {
      Fault("currency: account " + opening.account + " keeps its cash in " + opening.currency);
    }
    if (!amount.ok()) {
      Fault("amount: must be a decimal with at most eight decimals");
      return;
    }
    if (!with_cash_.insert(opening.account).second) {
      Fault("the cash of account " + opening.account + " is there twice");
    }
    opening.cash = *amount;
  }

  void ReadLot(const v1::OpeningRow& row, Opening& opening) {
    const absl::StatusOr<Quantity> quantity = Quantity::Parse(row.quantity());
    const absl::StatusOr<Price> price = Price::Parse(row.price());
    if (instruments_.Find(row.symbol()) == nullptr) {
      Fault("symbol: there is no instrument '" + row.symbol().substr(0, kImportIdMax) + "'");
    }
    if (!quantity.ok() || quantity->IsZero() || *quantity < -Quantity::Max()) {
      Fault("quantity: must be a decimal that is not zero; negative: short");
    }
    if (!price.ok() || *price <= Price()) {
      Fault("price: must be a decimal above zero");
    }
    if (!quantity.ok() || !price.ok()) {
      return;
    }
    if (!Notional(*price, *quantity)) {
      Fault("price times quantity is out of range");
    }
    OpeningLot lot{row.symbol(), *quantity, *price, {}};
    if (row.has_opened()) {
      lot.opened = FromTimestamp(row.opened());
    }
    const auto [same, first] =
        long_.try_emplace({opening.account, row.symbol()}, *quantity > Quantity());
    if (!first && same->second != (*quantity > Quantity())) {
      Fault("quantity: the lots of " + row.symbol() +
            " are long and short; they must be one of both");
    }
    opening.lots.push_back(std::move(lot));
  }

  void LookAtAccounts() {
    if (openings_.size() > kOpeningAccountsMax) {
      FaultAt("rows", "name " + std::to_string(openings_.size()) + " accounts, " +
                          std::to_string(kOpeningAccountsMax) + " at most");
    }
    for (const auto& [name, opening] : openings_) {
      if (!opening.adds && !with_cash_.contains(name)) {
        FaultAt("account " + name, "begins with this and has no row of cash; say it, be it 0");
      }
    }
  }

  const v1::ImportOpeningRequest& request_;
  const Accounts& accounts_;
  const Instruments& instruments_;
  std::map<std::string, Opening> openings_;
  std::set<std::string> with_cash_;
  std::map<std::pair<std::string, std::string>, bool> long_;  // by account and symbol
  std::string at_;
  std::string text_;
  int faults_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<Opening>> DecodeOpenings(const v1::ImportOpeningRequest& request,
                                                    const Accounts& accounts,
                                                    const Instruments& instruments) {
  if (!IsImportId(request.import_id())) {
    return FieldError("import_id", "is required, 1 to 64 of A-Z a-z 0-9 . _ : -");
  }
  if (!IsLine(request.by(), kByMax)) {
    return FieldError("by", "is required, a line of at most 64 characters");
  }
  if (!IsLine(request.reason(), kReasonMax)) {
    return FieldError("reason", "is required, a line of at most 256 characters");
  }
  if (request.rows().empty() || request.rows_size() > kOpeningRowsMax) {
    return FieldError("rows", "must be 1 to " + std::to_string(kOpeningRowsMax));
  }
  return RowReader(request, accounts, instruments).Read();
}

v1::ImportOpeningResponse EncodeImported(const std::vector<Opening>& openings,
                                         const Imported& imported) {
  v1::ImportOpeningResponse out;
  out.set_duplicate(imported.duplicate);
  out.set_sequence(imported.sequence);
  for (const Opening& opening : openings) {
    v1::ImportedAccount& account = *out.add_accounts();
    account.set_account(opening.account);
    account.set_currency(opening.currency);
    account.set_cash(opening.cash.ToString());
    for (size_t i = 0; i < opening.lots.size();) {
      v1::ImportedPosition& position = *account.add_positions();
      position.set_symbol(opening.lots[i].symbol);
      Quantity quantity;
      Money cost;
      for (; i < opening.lots.size() && opening.lots[i].symbol == position.symbol(); ++i) {
        const OpeningLot& lot = opening.lots[i];
        quantity = Quantity::SaturatingAdd(quantity, lot.quantity);
        cost =
            Money::SaturatingAdd(cost, Notional(lot.price, lot.quantity.Abs()).value_or(Money()));
        position.set_lots(position.lots() + 1);
      }
      position.set_quantity(quantity.ToString());
      position.set_average_price(
          AveragePrice(cost, quantity.Abs()).value_or(Price::Max()).ToString());
    }
  }
  return out;
}

void ImportOpening(Engine& engine,
                   const Accounts& accounts,
                   const Instruments& instruments,
                   const v1::ImportOpeningRequest& request,
                   const Done<v1::ImportOpeningResponse>& done) {
  absl::StatusOr<std::vector<Opening>> openings = DecodeOpenings(request, accounts, instruments);
  if (!openings.ok()) {
    done(openings.status());
    return;
  }
  ImportCommand command;
  command.openings = *openings;
  command.check_only = request.check_only();
  command.answer = [done, openings = *std::move(openings)](const absl::StatusOr<Imported>& result) {
    result.ok() ? done(EncodeImported(openings, *result)) : done(result.status());
  };
  if (!engine.open()) {
    done(absl::UnavailableError("recovering"));
  } else if (!engine.Post(std::move(command), Lane::kNormal)) {
    done(absl::ResourceExhaustedError("too many requests wait"));
  }
}

}  // namespace tw::oms
