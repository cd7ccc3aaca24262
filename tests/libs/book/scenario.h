// Scenarios of the book as text. A line is a command and, after "->", all events it causes:
//
//   buy 1 limit 5@100 [show 2] [stop 105] [owner 7] [newest|oldest|both|decrement] -> accepted 1
//   sell 2 market 5 -> ...          market, market-fok: no price
//   cancel 1 -> ...
//   modify 1 5@100 -> ...
//   auction                         the call phase begins
//   indicative 100 -> 7@101 +3      price, volume and surplus an uncross would have; or none
//   uncross 100 -> ...              the events; `price` lines are the business of indicative
//   book ...                        every level as quantity@price(orders), best first, bids | asks
//   held ...                        every held stop as id@trigger
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "libs/book/book.h"

namespace tw::book {

inline const char* ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kNone: return "none";
    case Reason::kRequested: return "requested";
    case Reason::kIocRemainder: return "ioc-remainder";
    case Reason::kFokUnfillable: return "fok-unfillable";
    case Reason::kSelfTrade: return "self-trade";
    case Reason::kAuctionRemainder: return "auction-remainder";
    case Reason::kReplenished: return "replenished";
    case Reason::kAuction: return "auction";
    case Reason::kDuplicateId: return "duplicate-id";
    case Reason::kUnknownId: return "unknown-id";
    case Reason::kInvalidSide: return "invalid-side";
    case Reason::kInvalidPrice: return "invalid-price";
    case Reason::kInvalidQuantity: return "invalid-quantity";
    case Reason::kInvalidDisplay: return "invalid-display";
    case Reason::kInvalidTrigger: return "invalid-trigger";
    case Reason::kNotInAuction: return "not-in-auction";
    case Reason::kBookFull: return "book-full";
    case Reason::kWouldTrade: return "would-trade";
  }
  return "?";
}

inline std::string Text(const Event& e) {
  std::ostringstream out;
  switch (e.type) {
    case EventType::kAccepted: out << "accepted " << e.order; break;
    case EventType::kTriggered: out << "triggered " << e.order; break;
    case EventType::kTrade:
      out << "trade " << e.order << "x" << e.maker << " " << e.quantity << "@" << e.price
          << " leaves " << e.leaves << "/" << e.maker_leaves;
      break;
    case EventType::kCanceled:
      out << "canceled " << e.order << " " << e.quantity << " " << ReasonName(e.reason);
      break;
    case EventType::kModified:
      if (e.reason == Reason::kReplenished) {
        out << "replenished " << e.order << " " << e.quantity << "/" << e.leaves;
      } else {
        out << "modified " << e.order << " " << e.leaves << "@" << e.price
            << (e.reason == Reason::kSelfTrade ? " self-trade" : "");
      }
      break;
    case EventType::kRejected: out << "rejected " << e.order << " " << ReasonName(e.reason); break;
  }
  return out.str();
}

inline OrderKind KindOf(const std::string& word) {
  if (word == "post-only") return OrderKind::kPostOnly;
  if (word == "ioc") return OrderKind::kIoc;
  if (word == "fok") return OrderKind::kFok;
  if (word == "market") return OrderKind::kMarket;
  if (word == "market-fok") return OrderKind::kMarketFok;
  EXPECT_EQ(word, "limit");
  return OrderKind::kLimit;
}

inline std::string BookText(const Book& book) {
  std::ostringstream out;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    out << (side == Side::kSell ? " |" : "");
    for (const LevelView& level : book.Depth(side, 100)) {
      out << " " << level.quantity << "@" << level.price << "(" << level.orders << ")";
    }
  }
  return out.str();
}

inline NewOrder OrderOf(Side side, std::istringstream& in) {
  NewOrder order;
  std::string kind;
  std::string size;
  order.side = side;
  in >> order.id >> kind >> size;
  order.kind = KindOf(kind);
  order.quantity = std::stoll(size);
  if (const size_t at = size.find('@'); at != std::string::npos) {
    order.price = std::stoll(size.substr(at + 1));
  }
  std::string word;
  while (in >> word) {
    if (word == "show") in >> order.display;
    if (word == "stop") in >> order.trigger;
    if (word == "owner") in >> order.owner;
    if (word == "newest") order.self_trade = SelfTrade::kCancelNewest;
    if (word == "oldest") order.self_trade = SelfTrade::kCancelOldest;
    if (word == "both") order.self_trade = SelfTrade::kCancelBoth;
    if (word == "decrement") order.self_trade = SelfTrade::kDecrement;
  }
  return order;
}

inline std::string Text(const EventRing& events) {
  std::string out;
  for (size_t i = 0; i < events.size(); ++i) {
    out += (out.empty() ? "" : ", ") + Text(events[i]);
  }
  return out;
}

inline std::string Perform(Book& book, const std::string& command) {
  std::istringstream in(command);
  std::string verb;
  EventRing events(2);
  in >> verb;
  if (verb == "buy" || verb == "sell") {
    book.New(OrderOf(verb == "buy" ? Side::kBuy : Side::kSell, in), events);
  } else if (verb == "cancel") {
    CancelOrder cancel;
    in >> cancel.id;
    book.Cancel(cancel, events);
  } else if (verb == "modify") {
    ModifyOrder modify;
    char at = 0;
    in >> modify.id >> modify.quantity >> at >> modify.price;
    book.Modify(modify, events);
  } else {
    int64_t reference = 0;
    in >> reference;
    if (verb == "uncross") {
      book.Uncross(reference, events);
      return Text(events);
    }
    EXPECT_EQ(verb, "indicative");
    const auto auction = book.Indicative(reference);
    if (!auction) {
      return "none";
    }
    return std::to_string(auction->volume) + "@" + std::to_string(auction->price) +
           (auction->surplus < 0 ? " " : " +") + std::to_string(auction->surplus);
  }
  return Text(events);
}

struct Scenario {
  const char* name;
  const char* lines;
};

inline void ExpectAsWritten(const Scenario& scenario) {
  Book book({.orders_max = 6, .orders_expected = 0, .window_ticks = 64, .id_window = 16});
  std::istringstream lines(scenario.lines);
  std::string line;
  int checked = 0;
  while (std::getline(lines, line)) {
    line.erase(0, line.find_first_not_of(' '));
    if (line.empty()) {
      continue;
    }
    ++checked;
    if (line.rfind("book", 0) == 0) {
      EXPECT_EQ("book" + BookText(book), line);
    } else if (line.rfind("held", 0) == 0) {
      std::string held = "held";
      for (const OrderView& order : book.Held()) {
        held += " " + std::to_string(order.id) + "@" + std::to_string(order.trigger);
      }
      EXPECT_EQ(held, line);
    } else if (line == "auction") {
      book.BeginAuction();
    } else {
      const size_t arrow = line.find(" ->");
      ASSERT_NE(arrow, std::string::npos) << line;
      const std::string expected = line.size() > arrow + 4 ? line.substr(arrow + 4) : "";
      EXPECT_EQ(Perform(book, line.substr(0, arrow)), expected) << line;
    }
  }
  EXPECT_GT(checked, 0);
}

}  // namespace tw::book
