// CSV files with a mapping: what the columns mean, and what is said of a file that is at fault.
#include "libs/recorded/csv_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "libs/recorded/merged.h"
#include "libs/recorded/open.h"
#include "tests/libs/recorded/zip_file.h"

namespace tw::recorded {
namespace {

using ::testing::HasSubstr;

class CsvFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  // The rows of a file, or the fault that ends them.
  std::vector<Row> Read(const std::string& path, std::string* fault = nullptr) {
    std::vector<Row> rows;
    auto source = Open(path);
    while (source.ok()) {
      Row row;
      const absl::StatusOr<bool> more = (*source)->Next(row);
      if (!more.ok()) {
        source = more.status();
        break;
      }
      if (!*more) {
        return rows;
      }
      rows.push_back(row);
    }
    if (fault != nullptr) {
      *fault = std::string(source.status().message());
    } else {
      ADD_FAILURE() << source.status();
    }
    return rows;
  }

  const TempFolder folder_;
};

constexpr char kTrades[] = R"(kind = "trade"
delimiter = ";"
[time]
column = "when"
format = "local"
zone = "America/New_York"
[columns]
symbol = "sym"
price = "px"
quantity = "lots"
side = "bs"
[scale]
price = "0.0001"
quantity = "100"
[words]
buy = ["BOT"]
sell = ["SLD"]
)";

TEST_F(CsvFileTest, TradesByAMapping) {
  Write("t.csv.toml", kTrades);
  const auto rows = Read(Write("t.csv",
                               "px;lots;bs;when;sym;more\n"
                               "1815200;2;BOT;2013-10-07 09:30:00.123;IBM;x\n"
                               "1815300;1;;2013-10-07T09:30:01;IBM;\"a;b\"\n"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].kind, RowKind::kTrade);
  EXPECT_EQ(rows[0].source_seq, 1u);
  EXPECT_EQ(FormatRfc3339(rows[0].time), "2013-10-07T13:30:00.123000000Z");
  EXPECT_EQ(rows[0].price.ToString(), "181.52");
  EXPECT_EQ(rows[0].quantity.ToString(), "200");
  EXPECT_EQ(rows[0].aggressor, Side::kBuy);
  EXPECT_EQ(rows[0].symbol, "IBM");
  EXPECT_EQ(rows[1].aggressor, Side::kUnspecified);
}

TEST_F(CsvFileTest, AFaultNamesFileLineAndColumn) {
  Write("t.csv.toml", kTrades);
  const std::string head = "px;lots;bs;when;sym\n";
  const std::string good = "1815200;2;BOT;2013-10-07 09:30:00;IBM\n";
  const struct {
    std::string text;
    const char* fault;
  } cases[] = {
      {"", "t.csv:0: the file is empty: expected a header"},
      {"px;lots;when;sym\n", "t.csv:1: there is no column \"bs\", which is to be side"},
      {"px;px;lots;bs;when;sym\n", "t.csv:1: there are two columns \"px\""},
      {head + good + "1;2\n", "t.csv:3: expected 5 columns, found 2"},
      {head + good + "x;2;BOT;2013-10-07 09:30:00;IBM\n",
       "t.csv:3: px: expected a decimal, found \"x\""},
      {head + "-5;2;BOT;2013-10-07 09:30:00;IBM\n",
       "t.csv:2: px: expected a figure above zero, found \"-5\""},
      {head + "0.000001;2;BOT;2013-10-07 09:30:00;IBM\n",
       "t.csv:2: px: expected a decimal of at most eight places"},
      {head + "5;2;buy;2013-10-07 09:30:00;IBM\n", "t.csv:2: bs: expected a side, found \"buy\""},
      {head + "5;2;BOT;7.10.2013 09:30;IBM\n", "t.csv:2: when: expected a time like"},
      {head + "5;2;BOT;2013-10-07 09:30:00;\"IBM\n", "t.csv:2: a quotation mark is not closed"},
      {head + good + "1815200;2;BOT;2013-10-0", "t.csv:3: the last line has no line end"},
  };
  for (const auto& c : cases) {
    std::string fault;
    Read(Write("t.csv", c.text), &fault);
    EXPECT_THAT(fault, HasSubstr(c.fault)) << c.text;
  }
}

TEST_F(CsvFileTest, EveryWayToWriteATime) {
  const struct {
    const char* format;
    const char* text;
    const char* utc;  // null: refused
  } cases[] = {
      {"format = \"unix_s\"", "1381152600", "2013-10-07T13:30:00.000000000Z"},
      {"format = \"unix_ms\"", "1381152600001", "2013-10-07T13:30:00.001000000Z"},
      {"format = \"unix_us\"", "1381152600000001", "2013-10-07T13:30:00.000001000Z"},
      {"format = \"unix_ns\"", "1381152600000000001", "2013-10-07T13:30:00.000000001Z"},
      {"format = \"rfc3339\"", "2013-10-07T09:30:00-04:00", "2013-10-07T13:30:00.000000000Z"},
      {"format = \"local\"", "2013-10-07 13:30:00.000000001", "2013-10-07T13:30:00.000000001Z"},
      {"format = \"day_ms\"\ndate = \"2013-10-07\"\nzone = \"America/New_York\"", "34200001",
       "2013-10-07T13:30:00.001000000Z"},
      {"format = \"unix_s\"", "99999999999999", nullptr},
      {"format = \"unix_ms\"", "-5", nullptr},
      {"format = \"unix_ms\"", "1.5", nullptr},
      {"format = \"local\"", "2013-02-30 13:30:00", nullptr},
      {"format = \"local\"", "2013-10-07 25:30:00", nullptr},
      {"format = \"day_ms\"\ndate = \"2013-10-07\"", "86400000", nullptr},
  };
  for (const auto& c : cases) {
    Write("t.csv.toml", std::string("kind = \"trade\"\nsymbol = \"A\"\n[time]\ncolumn = \"t\"\n") +
                            c.format + "\n[columns]\nprice = \"p\"\nquantity = \"q\"\n");
    std::string fault;
    const auto rows = Read(Write("t.csv", std::string("t,p,q\n") + c.text + ",1,1\n"), &fault);
    if (c.utc == nullptr) {
      EXPECT_THAT(fault, HasSubstr("t.csv:2: t: expected")) << c.text;
    } else {
      ASSERT_EQ(rows.size(), 1u) << c.format << ": " << fault;
      EXPECT_EQ(FormatRfc3339(rows[0].time), c.utc) << c.format;
    }
  }
}

TEST_F(CsvFileTest, QuotesBarsAndStates) {
  Write("q.csv.toml", R"(kind = "quote"
symbol = "A"
header = "no"
[time]
column = "1"
format = "unix_s"
[columns]
bid = "2"
bid_size = "3"
ask = "4"
ask_size = "5"
)");
  const auto quotes = Read(Write("q.csv", "1,99,1,,\n2,,,101,4\n"));
  ASSERT_EQ(quotes.size(), 2u);
  EXPECT_TRUE(quotes[0].ask.IsZero());
  EXPECT_EQ(quotes[1].ask_size.ToString(), "4");
  Write("b.csv.toml", R"(kind = "bar"
symbol = "A"
interval = "5m"
[time]
column = "t"
format = "unix_s"
[columns]
open = "o"
high = "h"
low = "l"
close = "c"
volume = "v"
trades = "n"
)");
  const auto bars = Read(Write("b.csv", "t,o,h,l,c,v,n\n300,5,9,4,6,100,12\n"));
  ASSERT_EQ(bars.size(), 1u);
  EXPECT_EQ(bars[0].bar.interval, "5m");
  EXPECT_EQ(bars[0].bar.trades, 12);
  std::string fault;
  Read(Write("b.csv", "t,o,h,l,c,v,n\n300,5,4,4,6,100,12\n"), &fault);
  EXPECT_THAT(fault, HasSubstr("b.csv:2: high or low is not the bar's highest or lowest"));
  Write("s.csv.toml", R"(kind = "status"
symbol = "A"
[time]
column = "t"
format = "unix_s"
[columns]
phase = "p"
reason = "r"
[words]
halted = ["H"]
)");
  const auto states = Read(Write("s.csv", "t,p,r\n1,H,LUDP\n2,open,\n"));
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].state.phase, Phase::kHalted);
  EXPECT_EQ(states[0].state.reason, "LUDP");
  EXPECT_EQ(states[1].state.phase, Phase::kOpen);
}

TEST_F(CsvFileTest, LinesOfOneUpdateAreOneMessage) {
  Write("l.csv.toml", R"(kind = "level"
[time]
column = "t"
format = "unix_s"
[columns]
symbol = "s"
side = "side"
price = "p"
quantity = "q"
last_update = "u"
type = "k"
)");
  const auto rows = Read(Write("l.csv",
                               "t,s,side,p,q,u,k\n"
                               "1,A,b,99,5,10,snap\n"
                               "1,A,a,101,5,10,snap\n"
                               "2,A,b,99,0,11,set\n"
                               "2,B,b,50,1,11,set\n"
                               "2,B,b,51,1,12,set\n"));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].kind, RowKind::kBook);
  EXPECT_EQ(rows[0].book.bids.size(), 1u);
  EXPECT_EQ(rows[0].book.asks.size(), 1u);
  EXPECT_EQ(rows[1].kind, RowKind::kDelta);
  EXPECT_EQ(rows[1].source_seq, 3u);  // its first line
  EXPECT_TRUE(rows[1].book.bids[0].size.IsZero());
  EXPECT_EQ(rows[2].symbol, "B");
  EXPECT_EQ(rows[3].book.last_update, 12u);
}

TEST_F(CsvFileTest, OrdersOneByOne) {
  Write("o.csv.toml", R"(kind = "order"
symbol = "A"
[time]
column = "t"
format = "unix_s"
[columns]
action = "a"
order_id = "id"
side = "side"
price = "p"
quantity = "q"
last_update = "u"
type = "k"
)");
  const auto rows = Read(Write("o.csv",
                               "t,a,id,side,p,q,u,k\n"
                               "1,add,x1,buy,99,5,10,snapshot\n"
                               "2,execute,x1,,,2,11,change\n"
                               "3,remove,x1,,,,12,change\n"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].kind, RowKind::kOrderBook);
  EXPECT_EQ(rows[0].book.orders[0].side, Side::kBuy);
  EXPECT_EQ(rows[1].kind, RowKind::kOrders);
  EXPECT_EQ(rows[1].book.orders[0].action, OrderAction::kExecute);
  std::string fault;
  Read(Write("o.csv", "t,a,id,side,p,q,u,k\n1,add,x1,buy,,5,10,change\n"), &fault);
  EXPECT_THAT(fault, HasSubstr("o.csv:2: this action needs a price"));
}

TEST_F(CsvFileTest, AMappingAtFaultIsNamedByLine) {
  const struct {
    const char* text;
    const char* fault;
  } cases[] = {
      {"kind = \"trades\"\n", ":1: mapping: kind: must be one of trade, quote"},
      {"kind = \"trade\"\n", "columns.price is missing"},
      {"kind = \"trade\"\nsymbl = \"A\"\n", ":2: mapping: unknown key \"symbl\""},
      {"kind = \"trade\"\n[scale]\nprice = \"0.5\"\n", ":3: scale: price: must be a power of ten"},
      {"kind = \"trade\"\n[time]\ncolumn = \"t\"\nformat = \"ms\"\n",
       ":4: time: format: must be one of unix_s"},
      {"kind = \n", ":1"},
  };
  for (const auto& c : cases) {
    const auto mapping = ReadMapping(Write("m.toml", c.text));
    ASSERT_FALSE(mapping.ok()) << c.text;
    EXPECT_THAT(std::string(mapping.status().message()), HasSubstr(c.fault)) << c.text;
  }
}

TEST_F(CsvFileTest, SeveralFilesAsOneByTime) {
  const std::string mapping = R"(kind = "trade"
[time]
column = "t"
format = "unix_s"
[columns]
symbol = "s"
price = "p"
quantity = "q"
)";
  Write("a.csv.toml", mapping);
  Write("b.csv.toml", mapping);
  std::vector<std::unique_ptr<RecordedSource>> sources;
  sources.push_back(*Open(Write("a.csv", "t,s,p,q\n1,A,1,1\n3,A,2,1\n3,A,3,1\n")));
  sources.push_back(*Open(Write("b.csv", "t,s,p,q\n2,B,4,1\n3,B,5,1\n")));
  const auto merged = Merge("both", std::move(sources));
  EXPECT_EQ(merged->facts().name, "both");
  std::string order;
  Row row;
  for (uint64_t n = 1; *merged->Next(row); ++n) {
    EXPECT_EQ(row.source_seq, n);
    order += row.symbol + row.price.ToString() + " ";
  }
  EXPECT_EQ(order, "A1 B4 A2 A3 B5 ");
}

}  // namespace
}  // namespace tw::recorded
