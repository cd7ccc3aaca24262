#include "libs/recorded/mapping.h"

#include <algorithm>
#include <cctype>

namespace tw::recorded {
namespace {

constexpr std::array<std::string_view, kWordCount> kUsualWords = {
    "buy b bid",  "sell s ask a", "snapshot snap", "change set update", "add",
    "execute",    "remove",       "closed",        "pre_open",          "open",
    "post_close", "auction",      "halted"};

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::vector<Field> Needed(MappingKind kind) {
  switch (kind) {
    case MappingKind::kTrade: return {Field::kPrice, Field::kQuantity};
    case MappingKind::kQuote: return {};
    case MappingKind::kLevel: return {Field::kSide, Field::kPrice, Field::kQuantity};
    case MappingKind::kOrder: return {Field::kAction, Field::kOrderId};
    case MappingKind::kBar:
      return {Field::kOpen, Field::kHigh, Field::kLow, Field::kClose, Field::kVolume};
    case MappingKind::kStatus: return {Field::kPhase};
  }
  return {};
}

}  // namespace

std::string FaultOf(const Mapping& mapping) {
  std::vector<Field> needed = Needed(mapping.kind);
  needed.push_back(Field::kTime);
  for (const Field field : needed) {
    if (mapping.column(field).empty()) {
      return "columns." + std::string(kFieldNames[static_cast<size_t>(field)]) +
             " is missing: a file of this kind needs it";
    }
  }
  if (mapping.kind == MappingKind::kQuote && mapping.column(Field::kBid).empty() &&
      mapping.column(Field::kAsk).empty()) {
    return "columns.bid or columns.ask is needed";
  }
  if (mapping.symbol.empty() && mapping.column(Field::kSymbol).empty()) {
    return "symbol or columns.symbol is needed";
  }
  if (mapping.time_format == TimeFormat::kDayMillis && mapping.date.year == 0) {
    return "time.date is needed for day_ms";
  }
  return "";
}

bool IsWord(const Mapping& mapping, Word word, std::string_view text) {
  const auto& own = mapping.words[static_cast<size_t>(word)];
  if (!own.empty()) {
    return std::any_of(own.begin(), own.end(),
                       [text](const std::string& w) { return SameWord(w, text); });
  }
  std::string_view usual = kUsualWords[static_cast<size_t>(word)];
  while (!usual.empty()) {
    const size_t space = std::min(usual.find(' '), usual.size());
    if (SameWord(usual.substr(0, space), text)) {
      return true;
    }
    usual.remove_prefix(std::min(space + 1, usual.size()));
  }
  return false;
}

Mapping BinanceDepth() {
  Mapping mapping;
  mapping.kind = MappingKind::kLevel;
  mapping.time_format = TimeFormat::kUnixMillis;
  const auto set = [&](Field field, const char* column) {
    mapping.columns[static_cast<size_t>(field)] = column;
  };
  set(Field::kTime, "timestamp");
  set(Field::kSymbol, "symbol");
  set(Field::kSide, "side");
  set(Field::kPrice, "price");
  set(Field::kQuantity, "qty");
  set(Field::kFirstUpdate, "first_update_id");
  set(Field::kLastUpdate, "last_update_id");
  set(Field::kPreviousUpdate, "pu");
  set(Field::kType, "update_type");
  return mapping;
}

}  // namespace tw::recorded
