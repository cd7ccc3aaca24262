// Exposure: risk's view of what is held and what is on its way, per account and symbol. Pure; one
// owner.
//
// Two sources feed it. oms's ledger is the truth: Apply sets an order's open part to exactly what
// the event says and adds its fill. Reserve adds what risk has just approved and the ledger does
// not show yet; such a reservation is volatile: the order's next ledger event replaces it, a newer
// epoch of oms without it drops it, and so does its age.
//
// Measures, per account and symbol ("cell"):
//   position    fills, opening position and what was brought in, signed
//   open        leaves of working orders, per side
//   reserved    open at its reserve price, each order rounded up
//   opening     the part of `reserved` that could open a position: of the orders against the
//   position
//               only what exceeds it counts, by share of quantity, rounded up
//   used        |position| at the mark, rounded up, plus opening
// The mark is the mid of the last good quote; before the first, the price of the last fill.
//
// The same measures are summed for the firm, each desk and each symbol; a strategy has cells of its
// own, made of its orders and their fills alone. Cash is the opening cash and what was brought in,
// less what was bought, plus what was sold, less fees, as pnl has it, and equity is cash with the
// positions at the mark (at what they cost where there is none).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/instrument.h"
#include "libs/core/opening.h"
#include "libs/core/types.h"
#include "services/risk/limits.h"

namespace tw::risk {

inline constexpr std::string_view kDefaultDesk = "default";
inline constexpr Money kDefaultCash = Money::FromUnits(1'000'000);

using Wide = __int128;  // sums of 1e-8 money that cannot overflow

// An order as a ledger event leaves it.
struct OrderView {
  OrderId order_id;
  std::string_view account;
  std::string_view symbol;
  Side side = Side::kBuy;
  OrderStatus status = OrderStatus::kNew;
  Quantity filled;  // in total
  Quantity leaves;
  Price reserve_price;     // what the leaves are reserved at
  Quantity fill_quantity;  // of this event; zero when it is no fill
  Price fill_price;
  Quantity requested_quantity;  // new total asked for, while PENDING_REPLACE
  Price requested_price;
  std::string_view strategy{};  // empty: none
  Money fee{};                  // of the fill
  // The ledger's word about new terms of an order that was held (a stop set off or replaced, a leg
  // that goes out): what was reserved for them is in it.
  bool ends_reservation = false;
};

// What risk has approved and the ledger does not show yet.
struct Reservation {
  uint64_t epoch = 0;  // of the oms that asked
  OrderId order_id;
  std::string_view account;
  std::string_view symbol;
  Side side = Side::kBuy;
  Quantity quantity;  // the order's whole total, fills included
  Price price;
  Timestamp time;
  std::string_view strategy{};
};

struct Cell {
  Quantity position;
  Quantity open_buy;
  Quantity open_sell;
  Wide reserved_buy = 0;
  Wide reserved_sell = 0;
  Wide cost = 0;  // what the position cost, signed as it is

  Quantity open(Side side) const { return side == Side::kBuy ? open_buy : open_sell; }
  Wide reserved(Side side) const { return side == Side::kBuy ? reserved_buy : reserved_sell; }
  void AddOpen(Side side, Quantity quantity, Wide notional);
};

// The part of the cell's open orders of one side that could open a position: in units, and in
// money.
Quantity OpeningQuantity(const Cell& cell, Side side);
Wide OpeningReserved(const Cell& cell, Side side);

// What an order holds: quantity still to fill, and its notional.
struct Open {
  Quantity leaves;
  Money notional;
};

// |position| at a mark, rounded up, and with its sign; a position at the mark, or at its cost while
// there is none.
Wide PositionValue(Quantity position, Price mark);
Wide SignedValue(Quantity position, Price mark);
Wide CellValue(const Cell& cell, Price mark);

// Takes a fill into position and cost: what opens adds its cost, what closes takes its share away.
void AddFill(Cell& cell, Quantity signed_quantity, Price price);

// What orders and positions of several cells come to.
struct Totals {
  Wide opening = 0;
  Wide reserved_buy = 0;
  Wide reserved_sell = 0;
  int64_t open_orders = 0;

  Wide reserved(Side side) const { return side == Side::kBuy ? reserved_buy : reserved_sell; }
};

// Whose totals are asked for; a place that is not known has nothing.
inline constexpr size_t kNowhere = static_cast<size_t>(-1);

// price x quantity for a limit's sake: rounded up, and held at the end of the range.
Money ReserveNotional(Price price, Quantity quantity);

Money ClampMoney(Wide e8);

class Exposure {
 public:
  // Symbol indices are those of instruments.list(); others in the ledger come after.
  explicit Exposure(const Instruments& instruments);

  // A position brought in from outside the ledger. Call once per account and symbol, at start.
  void SetOpening(std::string_view account,
                  std::string_view symbol,
                  Quantity position,
                  Price average_price = Price());
  // The desk and the opening cash of an account that does not have the defaults. Call at start,
  // before anything of the account is seen.
  void SetAccount(std::string_view account, std::string_view desk, Money opening_cash);

  // What an account brings in from elsewhere. REQUIRES: each event once, in ledger order.
  void BringIn(const Opening& opening);

  // For an order that is held already (a replace) the larger of old and new counts until the ledger
  // decides.
  void Reserve(const Reservation& reservation);
  // Takes over what the ledger says. REQUIRES: each event once, in ledger order.
  void Apply(const OrderView& order);
  // Drops a reservation that the ledger does not show. Nothing when there is none.
  void Release(OrderId order_id);
  // Release for every reservation made under an epoch before `epoch`; for every one made before
  // `time`. How many there were.
  size_t DropOlderEpochs(uint64_t epoch);
  size_t DropReservedBefore(Timestamp time);

  void SetMark(size_t symbol, Price mark);

  // Queries. An account or symbol never seen has zero everywhere.
  std::optional<size_t> FindAccount(std::string_view account) const;
  std::optional<size_t> FindSymbol(std::string_view symbol) const;
  std::optional<size_t> FindStrategy(std::string_view strategy) const;
  size_t strategies() const { return strategies_.size(); }
  // The desk of an account; that of one never seen is the default's.
  size_t DeskOf(size_t account) const { return account == kNowhere ? 0 : accounts_[account].desk; }
  size_t desks() const { return desks_.size(); }
  const std::string& desk_name(size_t desk) const { return desks_[desk].name; }
  const std::string& strategy_name(size_t strategy) const { return strategies_[strategy].name; }
  std::optional<size_t> FindDesk(std::string_view desk) const;
  size_t accounts() const { return accounts_.size(); }
  size_t symbols() const { return symbols_.size(); }
  const std::string& account_name(size_t account) const { return accounts_[account].name; }
  const std::string& symbol_name(size_t symbol) const { return symbols_[symbol].name; }
  const Cell* FindCell(size_t account, size_t symbol) const;
  Price mark(size_t symbol) const { return symbols_[symbol].mark; }
  // What several checks ask of an account, by one pass over its cells.
  struct Worth {
    Wide positions = 0;  // |positions| at the mark
    Wide used = 0;       // and what orders could open beyond closing them
    Wide net = 0;        // longs less shorts at the mark
    Wide equity = 0;     // cash and positions, at cost where there is no mark
  };
  Worth WorthOf(size_t account) const;
  Wide AccountUsed(size_t account) const { return WorthOf(account).used; }
  Wide FirmUsed() const { return firm_positions_ + firm_.opening; }
  Wide DeskUsed(size_t desk) const;
  Wide StrategyUsed(size_t strategy) const;
  Wide SymbolUsed(size_t symbol) const {
    return symbols_[symbol].value + symbols_[symbol].totals.opening;
  }
  // Longs less shorts at the mark.
  Wide FirmNet() const;
  Wide DeskNet(size_t desk) const;
  Wide StrategyNet(size_t strategy) const;
  Wide SymbolNet(size_t symbol) const;
  const Totals& firm_totals() const { return firm_; }
  const Totals& desk_totals(size_t desk) const { return desks_[desk].totals; }
  const Totals& account_totals(size_t account) const { return accounts_[account].totals; }
  const Totals& strategy_totals(size_t strategy) const { return strategies_[strategy].totals; }
  const Totals& symbol_totals(size_t symbol) const { return symbols_[symbol].totals; }
  // Of the firm, a desk, an account, a strategy or a symbol; 0 for one that is not known.
  int64_t OpenOrdersOf(LimitScope scope, std::string_view name) const;
  const Cell* FindStrategyCell(size_t strategy, size_t symbol) const;
  Wide AccountCash(size_t account) const { return accounts_[account].cash; }
  Wide AccountEquity(size_t account) const { return WorthOf(account).equity; }
  // What a position has lost since it was opened; negative: gained.
  Wide PositionLoss(size_t account, size_t symbol) const;
  Wide CellUsed(size_t account, size_t symbol) const;

  struct Held {
    size_t account = 0;
    size_t symbol = 0;
    Side side = Side::kBuy;
    Quantity filled;
    Open open;  // what counts against limits now
    size_t strategy = kNowhere;
  };
  std::optional<Held> FindOrder(OrderId order_id) const;
  size_t open_orders() const { return orders_.size(); }
  size_t reservations() const { return volatile_count_; }

 private:
  struct Order {
    size_t account = 0;
    size_t symbol = 0;
    Side side = Side::kBuy;
    bool confirmed = false;    // the ledger shows it
    uint64_t reservation = 0;  // number of the one that holds `pending`; zero: the ledger does
    Quantity filled;
    Open ledger;             // the ledger's open part
    Quantity pending_total;  // zero: nothing pending
    Price pending_price;
    Open counted;  // what stands in the cell for this order
    size_t strategy = kNowhere;
  };
  struct Account {
    std::string name;
    std::vector<Cell> cells;  // by symbol
    Totals totals;
    Wide cash = 0;
    size_t desk = 0;
    // What accounts.toml gives it to begin with.
    Wide opening_cash = 0;
    std::vector<OpeningLot> opening{};
  };
  struct Strategy {
    std::string name;
    std::vector<Cell> cells;  // by symbol
    Totals totals;
  };
  // Positions of several accounts in one symbol.
  struct Sum {
    Quantity gross;
    Quantity net;
  };
  struct Desk {
    std::string name;
    std::vector<Sum> positions;  // by symbol
    Totals totals;
  };
  struct Symbol {
    std::string name;
    Price mark;
    bool quoted = false;  // the mark came from a quote
    Quantity gross;       // sum of |position|
    Quantity net;         // sum of positions
    Wide value = 0;       // gross at the mark
    Totals totals;
  };

  size_t InternAccount(std::string_view name);
  size_t InternSymbol(std::string_view name);
  size_t InternDesk(std::string_view name);
  size_t InternStrategy(std::string_view name);
  Order& OrderOf(OrderId id,
                 std::string_view account,
                 std::string_view symbol,
                 std::string_view strategy,
                 Side side);
  template <typename Change>
  void ChangeCell(size_t account, size_t symbol, Change change);
  template <typename Change>
  void ChangeStrategy(size_t strategy, size_t symbol, Change change);
  void CountOrder(const Order& order, int64_t change);
  void ChangeOpen(Order& order, Quantity quantity, Wide notional);
  void Count(Order& order);
  size_t DropFront();
  void Erase(OrderId order_id, Order& order);
  void AddPosition(size_t account, size_t symbol, Quantity signed_quantity, Price price);
  void Revalue(Symbol& symbol);

  std::vector<Account> accounts_;
  std::vector<Symbol> symbols_;
  std::vector<Desk> desks_;  // the default's first
  std::vector<Strategy> strategies_;
  absl::flat_hash_map<std::string, size_t> account_index_;
  absl::flat_hash_map<std::string, size_t> desk_index_;
  absl::flat_hash_map<std::string, size_t> strategy_index_;
  absl::flat_hash_map<std::string, size_t> symbol_index_;
  absl::flat_hash_map<OrderId, Order> orders_;
  // Reservations in the order in which they were made, those that have ended since among them.
  struct Made {
    uint64_t number = 0;
    uint64_t epoch = 0;
    OrderId order_id;
    Timestamp time;
  };
  std::deque<Made> made_;
  uint64_t last_number_ = 0;
  size_t volatile_count_ = 0;
  Totals firm_;
  Wide firm_positions_ = 0;

  template <typename Items, typename Quantities>
  Wide SumOver(const Items& items,
               const Quantities& quantity,
               Wide (*value)(Quantity, Price)) const;
};

}  // namespace tw::risk
