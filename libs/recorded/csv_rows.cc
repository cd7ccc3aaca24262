#include "libs/recorded/csv_rows.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/recorded/csv.h"

namespace tw::recorded {
namespace {

// "2013-10-07 09:30:00.123": the day, milliseconds and what is left of one.
struct LocalTime {
  calendar::Date date;
  int64_t ms = 0;
  int64_t rest_ns = 0;
};

std::optional<LocalTime> ParseLocal(std::string_view text) {
  constexpr int64_t kNanosPerMilli = 1'000'000;
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T')) {
    return std::nullopt;
  }
  // The rest of an RFC 3339 text is read by what reads those; the day is looked at apart.
  const auto clock = ParseRfc3339("1970-01-01T" + std::string(text.substr(11)) + "Z");
  const auto date = calendar::ParseIsoDate(text.substr(0, 10));
  if (!date || !clock.ok() || clock->ns >= calendar::kDayMs * kNanosPerMilli) {
    return std::nullopt;
  }
  return LocalTime{*date, clock->ns / kNanosPerMilli, clock->ns % kNanosPerMilli};
}

}  // namespace

CsvRows::CsvRows(Mapping mapping, calendar::TimeZone zone)
    : mapping_(std::move(mapping)), zone_(std::move(zone)) {}

absl::Status CsvRows::SetColumns(std::string_view header) {
  TW_RETURN_IF_ERROR(SplitCsv(header, mapping_.delimiter, scratch_, fields_));
  columns_ = fields_.size();
  for (size_t i = 0; i < kFieldCount; ++i) {
    const std::string& name = mapping_.columns[i];
    if (name.empty()) {
      continue;
    }
    for (size_t column = 0; column < columns_; ++column) {
      const bool is =
          mapping_.header ? fields_[column] == name : std::to_string(column + 1) == name;
      if (is && index_[i].has_value()) {
        return absl::InvalidArgumentError("there are two columns \"" + name + "\"");
      }
      if (is) {
        index_[i] = column;
      }
    }
    if (!index_[i].has_value()) {
      return absl::InvalidArgumentError("there is no column \"" + name + "\", which is to be " +
                                        std::string(kFieldNames[i]));
    }
  }
  lines_ = 0;
  return absl::OkStatus();
}

absl::Status CsvRows::Wrong(Field field, std::string_view wanted) const {
  return ColumnFault(mapping_.column(field), wanted, Text(field));
}

// At least `least`; an empty or absent column is zero where `optional`.
absl::StatusOr<int64_t> CsvRows::Figure(Field field, int64_t least, bool optional) const {
  if (optional && (!Has(field) || Text(field).empty())) {
    return 0;
  }
  const absl::StatusOr<int64_t> e8 =
      ScaledE8(Text(field), mapping_.shifts[static_cast<size_t>(field)],
               mapping_.round ? Excess::kRound : Excess::kRefuse);
  if (!e8.ok()) {
    return Wrong(field, std::string(e8.status().message()));
  }
  if (*e8 < least) {
    return Wrong(field, least > 0 ? "a figure above zero" : "a figure of zero or more");
  }
  return *e8;
}

// Zero where there is no such column; a negative one says that there is none.
absl::StatusOr<uint64_t> CsvRows::Number(Field field) const {
  if (!Has(field)) {
    return 0;
  }
  const std::string_view text = Text(field);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Wrong(field, "a whole number");
  }
  return value < 0 ? 0 : static_cast<uint64_t>(value);
}

absl::StatusOr<Timestamp> CsvRows::Time() const {
  const std::string_view text = Text(Field::kTime);
  if (mapping_.time_format == TimeFormat::kRfc3339) {
    const auto time = ParseRfc3339(text);
    return time.ok() && time->ns > 0
               ? *time
               : absl::StatusOr<Timestamp>(Wrong(Field::kTime, "an RFC 3339 time"));
  }
  if (mapping_.time_format == TimeFormat::kLocal) {
    const auto local = ParseLocal(text);
    if (!local) {
      return Wrong(Field::kTime, "a time like 2013-10-07 09:30:00.123");
    }
    return zone_.ToUtc(local->date, local->ms) + Duration::Nanos(local->rest_ns);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (mapping_.time_format == TimeFormat::kDayMillis) {
    if (!whole || value < 0 || value >= calendar::kDayMs) {
      return Wrong(Field::kTime, "milliseconds since midnight");
    }
    return zone_.ToUtc(mapping_.date, value);
  }
  constexpr std::array<int64_t, 4> kUnits = {1'000'000'000, 1'000'000, 1'000, 1};
  Timestamp time;
  if (!whole || value <= 0 ||
      __builtin_mul_overflow(value, kUnits[static_cast<size_t>(mapping_.time_format)], &time.ns)) {
    return Wrong(Field::kTime, "a whole number of units since 1970");
  }
  return time;
}

absl::StatusOr<Side> CsvRows::SideOf(bool optional) const {
  if (optional && (!Has(Field::kSide) || Text(Field::kSide).empty())) {
    return Side::kUnspecified;
  }
  const std::string_view text = Text(Field::kSide);
  if (IsWord(mapping_, Word::kBuy, text)) {
    return Side::kBuy;
  }
  return IsWord(mapping_, Word::kSell, text) ? absl::StatusOr<Side>(Side::kSell)
                                             : Wrong(Field::kSide, "a side");
}

absl::Status CsvRows::Trade(Row& row) const {
  TW_ASSIGN_OR_RETURN(const int64_t price, Figure(Field::kPrice, 1, false));
  TW_ASSIGN_OR_RETURN(const int64_t quantity, Figure(Field::kQuantity, 1, false));
  TW_ASSIGN_OR_RETURN(row.aggressor, SideOf(true));
  row.kind = RowKind::kTrade;
  row.price = Price::FromE8(price);
  row.quantity = Quantity::FromE8(quantity);
  return absl::OkStatus();
}

absl::Status CsvRows::Quote(Row& row) const {
  TW_ASSIGN_OR_RETURN(const int64_t bid, Figure(Field::kBid, 0, true));
  TW_ASSIGN_OR_RETURN(const int64_t bid_size, Figure(Field::kBidSize, 0, true));
  TW_ASSIGN_OR_RETURN(const int64_t ask, Figure(Field::kAsk, 0, true));
  TW_ASSIGN_OR_RETURN(const int64_t ask_size, Figure(Field::kAskSize, 0, true));
  if (bid == 0 && ask == 0) {
    return absl::InvalidArgumentError("a quote needs a bid or an ask price");
  }
  row.kind = RowKind::kQuote;
  row.bid = Price::FromE8(bid);
  row.bid_size = Quantity::FromE8(bid_size);
  row.ask = Price::FromE8(ask);
  row.ask_size = Quantity::FromE8(ask_size);
  return absl::OkStatus();
}

absl::Status CsvRows::Bar(Row& row) const {
  RowBar& bar = row.bar;
  const std::array<std::pair<Field, Price*>, 4> prices = {{{Field::kOpen, &bar.open},
                                                           {Field::kHigh, &bar.high},
                                                           {Field::kLow, &bar.low},
                                                           {Field::kClose, &bar.close}}};
  for (const auto& [field, price] : prices) {
    TW_ASSIGN_OR_RETURN(const int64_t e8, Figure(field, 1, false));
    *price = Price::FromE8(e8);
  }
  if (bar.high < std::max({bar.open, bar.low, bar.close}) ||
      bar.low > std::min(bar.open, bar.close)) {
    return absl::InvalidArgumentError("high or low is not the bar's highest or lowest");
  }
  TW_ASSIGN_OR_RETURN(const int64_t volume, Figure(Field::kVolume, 0, false));
  TW_ASSIGN_OR_RETURN(const uint64_t trades, Number(Field::kTrades));
  row.kind = RowKind::kBar;
  bar.interval = mapping_.interval;
  bar.volume = Quantity::FromE8(volume);
  bar.trades = static_cast<int64_t>(trades);
  return absl::OkStatus();
}

absl::Status CsvRows::Status(Row& row) const {
  constexpr std::array<std::pair<Word, Phase>, 6> kPhases = {{{Word::kClosed, Phase::kClosed},
                                                              {Word::kPreOpen, Phase::kPreOpen},
                                                              {Word::kOpen, Phase::kOpen},
                                                              {Word::kPostClose, Phase::kPostClose},
                                                              {Word::kAuction, Phase::kAuction},
                                                              {Word::kHalted, Phase::kHalted}}};
  const auto phase = std::find_if(kPhases.begin(), kPhases.end(), [&](const auto& p) {
    return IsWord(mapping_, p.first, Text(Field::kPhase));
  });
  if (phase == kPhases.end()) {
    return Wrong(Field::kPhase, "a phase");
  }
  row.kind = RowKind::kStatus;
  row.state.phase = phase->second;
  row.state.reason = Has(Field::kReason) ? std::string(Text(Field::kReason)) : "";
  return absl::OkStatus();
}

absl::Status CsvRows::Single(Row& row) const {
  TW_ASSIGN_OR_RETURN(row.time, Time());
  if (Has(Field::kSymbol)) {
    row.symbol = Text(Field::kSymbol);
  }
  switch (mapping_.kind) {
    case MappingKind::kTrade: return Trade(row);
    case MappingKind::kQuote: return Quote(row);
    case MappingKind::kBar: return Bar(row);
    default: return Status(row);
  }
}

absl::StatusOr<CsvRows::Message> CsvRows::Head() const {
  Message head;
  TW_ASSIGN_OR_RETURN(head.time, Time());
  if (Has(Field::kSymbol)) {
    head.symbol = Text(Field::kSymbol);
  }
  TW_ASSIGN_OR_RETURN(head.last, Number(Field::kLastUpdate));
  TW_ASSIGN_OR_RETURN(head.first, Number(Field::kFirstUpdate));
  TW_ASSIGN_OR_RETURN(head.previous, Number(Field::kPreviousUpdate));
  head.first = Has(Field::kFirstUpdate) ? head.first : head.last;
  if (head.first > head.last) {
    return Wrong(Field::kFirstUpdate, "no more than the last update");
  }
  if (Has(Field::kType)) {
    head.snapshot = IsWord(mapping_, Word::kSnapshot, Text(Field::kType));
    if (!head.snapshot && !IsWord(mapping_, Word::kChange, Text(Field::kType))) {
      return Wrong(Field::kType, "snapshot or change");
    }
  }
  return head;
}

absl::Status CsvRows::AddLevel(RowBook& book, bool snapshot) const {
  TW_ASSIGN_OR_RETURN(const Side side, SideOf(false));
  TW_ASSIGN_OR_RETURN(const int64_t price, Figure(Field::kPrice, 1, false));
  TW_ASSIGN_OR_RETURN(const int64_t size, Figure(Field::kQuantity, snapshot ? 1 : 0, false));
  (side == Side::kBuy ? book.bids : book.asks)
      .push_back({Price::FromE8(price), Quantity::FromE8(size)});
  return absl::OkStatus();
}

absl::Status CsvRows::AddOrder(RowBook& book, bool snapshot) const {
  constexpr std::array<std::pair<Word, OrderAction>, 4> kActions = {
      {{Word::kAdd, OrderAction::kAdd},
       {Word::kChange, OrderAction::kChange},
       {Word::kExecute, OrderAction::kExecute},
       {Word::kRemove, OrderAction::kRemove}}};
  const auto action = std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) {
    return IsWord(mapping_, a.first, Text(Field::kAction));
  });
  if (action == kActions.end() || (snapshot && action->second != OrderAction::kAdd)) {
    return Wrong(Field::kAction,
                 snapshot ? "add, in a snapshot" : "add, change, execute or remove");
  }
  RowOrder order;
  order.action = action->second;
  order.order_id = Text(Field::kOrderId);
  if (order.order_id.empty() || order.order_id.size() > 64) {
    return Wrong(Field::kOrderId, "1 to 64 characters");
  }
  const bool adds = order.action == OrderAction::kAdd;
  const bool removes = order.action == OrderAction::kRemove;
  for (const auto& [field, needed] : {std::pair(Field::kSide, adds), std::pair(Field::kPrice, adds),
                                      std::pair(Field::kQuantity, !removes)}) {
    if (needed && (!Has(field) || Text(field).empty())) {
      return absl::InvalidArgumentError("this action needs a " +
                                        std::string(kFieldNames[static_cast<size_t>(field)]));
    }
  }
  TW_ASSIGN_OR_RETURN(order.side, SideOf(!adds));
  TW_ASSIGN_OR_RETURN(const int64_t price, Figure(Field::kPrice, adds ? 1 : 0, !adds));
  TW_ASSIGN_OR_RETURN(const int64_t size, Figure(Field::kQuantity, removes ? 0 : 1, removes));
  order.price = Price::FromE8(price);
  order.size = Quantity::FromE8(size);
  book.orders.push_back(std::move(order));
  return absl::OkStatus();
}

absl::StatusOr<bool> CsvRows::Grouped(Row& row) {
  TW_ASSIGN_OR_RETURN(const Message head, Head());
  const bool finished = open_.has_value() && *open_ != head;
  if (finished) {
    Take(row);
  }
  if (!open_) {
    open_ = head;
    open_line_ = lines_;
  }
  if (book_.bids.size() + book_.asks.size() + book_.orders.size() >= kLinesPerRowMax) {
    return absl::InvalidArgumentError("more than " + std::to_string(kLinesPerRowMax) +
                                      " lines belong to one message");
  }
  TW_RETURN_IF_ERROR(mapping_.kind == MappingKind::kLevel ? AddLevel(book_, head.snapshot)
                                                          : AddOrder(book_, head.snapshot));
  return finished;
}

void CsvRows::Take(Row& row) {
  const bool levels = mapping_.kind == MappingKind::kLevel;
  row = Row();
  row.kind = levels ? (open_->snapshot ? RowKind::kBook : RowKind::kDelta)
                    : (open_->snapshot ? RowKind::kOrderBook : RowKind::kOrders);
  row.source_seq = open_line_;
  row.time = open_->time;
  row.symbol = open_->symbol;
  row.book = std::exchange(book_, {});
  row.book.first_update = open_->first;
  row.book.last_update = open_->last;
  row.book.previous_update = open_->previous;
  open_.reset();
}

absl::StatusOr<bool> CsvRows::Add(std::string_view line, Row& row) {
  ++lines_;
  TW_RETURN_IF_ERROR(SplitCsv(line, mapping_.delimiter, scratch_, fields_));
  if (fields_.size() != columns_) {
    return absl::InvalidArgumentError("expected " + std::to_string(columns_) + " columns, found " +
                                      std::to_string(fields_.size()));
  }
  if (mapping_.kind == MappingKind::kLevel || mapping_.kind == MappingKind::kOrder) {
    return Grouped(row);
  }
  row = Row();
  row.source_seq = lines_;
  TW_RETURN_IF_ERROR(Single(row));
  return true;
}

bool CsvRows::Finish(Row& row) {
  if (!open_) {
    return false;
  }
  Take(row);
  return true;
}

}  // namespace tw::recorded
