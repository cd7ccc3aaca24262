// A recorded random run: the bytes of the event stream are the same from the book, from its twin,
// and from the day it was recorded.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/libs/book/flow.h"

namespace tw::book {
namespace {

constexpr const char* kFolder = TW_GOLDEN_DIR "/book";
constexpr Flow kFlow{"recorded", 2026, 5'000, 15, 8, 3, 30, 15, 75, 35, 900, 6'000};

std::string Line(const Step& step) {
  std::ostringstream out;
  if (const auto* o = std::get_if<NewOrder>(&step)) {
    out << "n " << o->id << ' ' << o->owner << ' ' << static_cast<int>(o->side) << ' '
        << static_cast<int>(o->kind) << ' ' << o->price << ' ' << o->quantity << ' ' << o->display
        << ' ' << o->trigger << ' ' << static_cast<int>(o->self_trade);
  } else if (const auto* c = std::get_if<CancelOrder>(&step)) {
    out << "c " << c->id;
  } else if (const auto* m = std::get_if<ModifyOrder>(&step)) {
    out << "m " << m->id << ' ' << m->price << ' ' << m->quantity;
  } else if (const auto* u = std::get_if<Uncross>(&step)) {
    out << "u " << u->reference;
  } else {
    out << "a";
  }
  return out.str();
}

Step Parse(const std::string& line) {
  std::istringstream in(line);
  char what = 0;
  in >> what;
  if (what == 'n') {
    NewOrder o;
    int side = 0;
    int kind = 0;
    int self_trade = 0;
    in >> o.id >> o.owner >> side >> kind >> o.price >> o.quantity >> o.display >> o.trigger >>
        self_trade;
    o.side = static_cast<Side>(side);
    o.kind = static_cast<OrderKind>(kind);
    o.self_trade = static_cast<SelfTrade>(self_trade);
    return o;
  }
  if (what == 'c') {
    CancelOrder c;
    in >> c.id;
    return c;
  }
  if (what == 'm') {
    ModifyOrder m;
    in >> m.id >> m.price >> m.quantity;
    return m;
  }
  if (what == 'u') {
    Uncross u;
    in >> u.reference;
    return u;
  }
  return BeginAuction{};
}

void Append(std::string& bytes, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) {
    bytes += static_cast<char>(value >> (8 * i));
  }
}

// type, reason, side: one byte each; the rest eight bytes each, little endian.
std::string Bytes(const EventRing& events) {
  std::string bytes;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    Append(bytes, static_cast<uint64_t>(e.type), 1);
    Append(bytes, static_cast<uint64_t>(e.reason), 1);
    Append(bytes, static_cast<uint64_t>(e.side), 1);
    Append(bytes, e.order, 8);
    Append(bytes, e.maker, 8);
    for (const int64_t value : {e.price, e.quantity, e.leaves, e.maker_leaves}) {
      Append(bytes, static_cast<uint64_t>(value), 8);
    }
  }
  return bytes;
}

template <typename AnyBook>
std::string Stream(AnyBook book, const std::vector<Step>& steps) {
  EventRing events;
  for (const Step& step : steps) {
    Play(book, step, events);
  }
  return Bytes(events);
}

// 64-bit FNV-1a.
std::string Digest(const std::string& bytes) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

// TW_RECORD=1 records anew, after a change of the rules that was meant.
void Record() {
  Book book({FlowMaker::kOrdersMax});
  FlowMaker maker(kFlow, kFlow.seed);
  EventRing events;
  std::vector<Step> steps;
  std::ofstream run(std::string(kFolder) + "/run.txt");
  for (int n = 0; n < kFlow.operations; ++n) {
    steps.push_back(maker.Next(book));
    Play(book, steps.back(), events);
    run << Line(steps.back()) << '\n';
  }
  const std::string bytes = Bytes(events);
  std::ofstream(std::string(kFolder) + "/events.txt")
      << bytes.size() << ' ' << Digest(bytes) << '\n';
}

TEST(RecordedRunTest, GivesTheSameBytesFromBookTwinAndRecord) {
  if (std::getenv("TW_RECORD") != nullptr) {
    Record();
  }
  std::ifstream run(std::string(kFolder) + "/run.txt");
  std::vector<Step> steps;
  for (std::string line; std::getline(run, line);) {
    steps.push_back(Parse(line));
  }
  ASSERT_EQ(steps.size(), static_cast<size_t>(kFlow.operations));
  const std::string mine = Stream(Book({FlowMaker::kOrdersMax}), steps);
  const std::string theirs = Stream(::tw::testing::NaiveBook(FlowMaker::kOrdersMax), steps);
  EXPECT_TRUE(mine == theirs);
  size_t size = 0;
  std::string digest;
  std::ifstream(std::string(kFolder) + "/events.txt") >> size >> digest;
  EXPECT_EQ(mine.size(), size);
  EXPECT_EQ(Digest(mine), digest);
  std::cout << steps.size() << " commands, " << size << " bytes of events, digest " << digest
            << "\n";
}

}  // namespace
}  // namespace tw::book
