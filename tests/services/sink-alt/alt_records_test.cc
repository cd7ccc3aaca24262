#include "services/sink-alt/alt_records.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <set>

#include "libs/base/field_error.h"
#include "services/sink-alt/types_file.h"

namespace tw::sink_alt {
namespace {

namespace v1 = tradewind::v1;

v1::AltRecord News() {
  v1::AltRecord record;
  record.mutable_time()->set_seconds(1'800'000'000);
  record.mutable_time()->set_nanos(7);
  record.set_category("news");
  record.set_source("wire-1");
  record.add_symbols("IBM");
  record.add_symbols("BTC/USD");
  record.set_title("IBM \"reports\"");
  record.set_body("line\nand line");
  record.set_value(-0.5);
  return record;
}

std::string RowOf(const v1::AltRecord& record) {
  ilp::LineBuffer rows;
  EXPECT_TRUE(AddRow(record, HashOf(record), rows).ok());
  return std::string(rows.bytes());
}

TEST(AltRecordsTest, ARecordIsARow) {
  const std::string row = RowOf(News());
  EXPECT_EQ(row.find("alt_data,category=news,source=wire-1 symbols=\"IBM,BTC/USD\","
                     "title=\"IBM \\\"reports\\\"\",body=\"line\\\nand line\",value=-0.5,hash=\""),
            0u)
      << row;
  EXPECT_NE(row.find("\" 1800000000000000007\n"), std::string::npos) << row;
}

TEST(AltRecordsTest, NoValueIsNotZero) {
  v1::AltRecord record = News();
  record.set_value(0);
  EXPECT_NE(RowOf(record).find("value=0,"), std::string::npos);
  const ContentHash zero = HashOf(record);
  record.clear_value();
  EXPECT_EQ(RowOf(record).find("value"), std::string::npos);
  EXPECT_NE(HashOf(record), zero);
}

TEST(AltRecordsTest, EveryFieldCountsForTheHash) {
  const std::function<void(v1::AltRecord&)> changes[] = {
      [](v1::AltRecord&) {},
      [](v1::AltRecord& r) { r.mutable_time()->set_nanos(8); },
      [](v1::AltRecord& r) { r.set_category("newswire"); },
      [](v1::AltRecord& r) { r.set_source("wire-2"); },
      [](v1::AltRecord& r) { r.clear_symbols(); },
      [](v1::AltRecord& r) { r.mutable_symbols()->SwapElements(0, 1); },
      [](v1::AltRecord& r) { r.set_title("IBM"); },
      [](v1::AltRecord& r) { r.set_body(""); },
      [](v1::AltRecord& r) { r.set_value(0.5); },
      [](v1::AltRecord& r) { r.clear_value(); },
      // What only moves over a border between fields.
      [](v1::AltRecord& r) {
        r.set_category("new");
        r.set_source("swire-1");
      },
      [](v1::AltRecord& r) {
        r.clear_symbols();
        r.add_symbols("IBMBTC/USD");
      },
  };
  std::set<ContentHash> hashes;
  for (const auto& change : changes) {
    v1::AltRecord record = News();
    change(record);
    hashes.insert(HashOf(record));
  }
  EXPECT_EQ(hashes.size(), std::size(changes));
  EXPECT_EQ(HashOf(News()), HashOf(News()));
}

TEST(AltRecordsTest, TheFirstFaultIsNamedWithItsIndexAndField) {
  struct Case {
    const char* field;
    std::function<void(v1::AltRecord&)> spoil;
  };
  const Case cases[] = {
      {"time", [](v1::AltRecord& r) { r.clear_time(); }},
      {"time", [](v1::AltRecord& r) { r.mutable_time()->set_seconds(-1); }},
      {"time", [](v1::AltRecord& r) { r.mutable_time()->set_seconds(9'300'000'000); }},
      {"time", [](v1::AltRecord& r) { r.mutable_time()->set_nanos(1'000'000'000); }},
      {"time", [](v1::AltRecord& r) { r.mutable_time()->Clear(); }},
      {"category", [](v1::AltRecord& r) { r.clear_category(); }},
      {"category", [](v1::AltRecord& r) { r.set_category("two words"); }},
      {"category", [](v1::AltRecord& r) { r.set_category(std::string(65, 'x')); }},
      {"source", [](v1::AltRecord& r) { r.clear_source(); }},
      {"source", [](v1::AltRecord& r) { r.set_source("a\nb"); }},
      {"symbols[1]", [](v1::AltRecord& r) { r.set_symbols(1, ""); }},
      {"symbols[1]", [](v1::AltRecord& r) { r.set_symbols(1, "A,B"); }},
      {"symbols",
       [](v1::AltRecord& r) {
         for (int i = 0; i < 100; ++i) {
           r.add_symbols("IBM");
         }
       }},
      {"title", [](v1::AltRecord& r) { r.set_title(std::string(1'025, 'x')); }},
      {"body", [](v1::AltRecord& r) { r.set_body(std::string((64 << 10) + 1, 'x')); }},
      {"value", [](v1::AltRecord& r) { r.set_value(std::numeric_limits<double>::infinity()); }},
      {"value", [](v1::AltRecord& r) { r.set_value(std::nan("")); }},
      {"",
       [](v1::AltRecord& r) {
         r.clear_title();
         r.clear_body();
         r.clear_value();
       }},
  };
  for (const Case& c : cases) {
    v1::IngestRequest request;
    *request.add_records() = News();
    *request.add_records() = News();
    ASSERT_TRUE(Validate(request, AltTypes()).ok());
    c.spoil(*request.mutable_records(1));
    const absl::Status status = Validate(request, AltTypes());
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.field;
    const std::string field = c.field;
    EXPECT_EQ(FieldOf(status), field.empty() ? "records[1]" : "records[1]." + field) << status;
  }
}

TEST(AltRecordsTest, RequestsAreBounded) {
  v1::IngestRequest request;
  EXPECT_EQ(FieldOf(Validate(request, AltTypes())), "records");
  for (int i = 0; i < kRecordsMax; ++i) {
    *request.add_records() = News();
  }
  EXPECT_TRUE(Validate(request, AltTypes()).ok());
  *request.add_records() = News();
  EXPECT_EQ(FieldOf(Validate(request, AltTypes())), "records");
  request.mutable_records()->DeleteSubrange(100, 901);
  for (v1::AltRecord& record : *request.mutable_records()) {
    record.set_body(std::string(kBodyBytesMax, 'x'));
  }
  EXPECT_EQ(FieldOf(Validate(request, AltTypes())), "records");
}

TEST(AltRecordsTest, JsonComesInThreeShapes) {
  const std::string one = R"({"time":"2026-11-23T14:00:00Z","category":"news","value":1.5})";
  for (const std::string& text :
       {one, "[" + one + "]", " [ " + one + "]\n", "{\"records\":[" + one + "]}"}) {
    const auto request = ReadJson(text);
    ASSERT_TRUE(request.ok()) << text << request.status();
    ASSERT_EQ(request->records_size(), 1) << text;
    EXPECT_EQ(request->records(0).category(), "news");
    EXPECT_TRUE(request->records(0).has_value());
    EXPECT_EQ(request->records(0).value(), 1.5);
  }
  const auto two = ReadJson("[" + one + "," + R"({"title":"x"})" + "]");
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->records_size(), 2);
  EXPECT_FALSE(two->records(1).has_value());
}

TEST(AltRecordsTest, JsonFaultsAreNamed) {
  EXPECT_EQ(FieldOf(ReadJson(R"([{"value":1},{"value":"x"}])").status()), "records[1].value");
  EXPECT_EQ(FieldOf(ReadJson(R"({"time":"yesterday"})").status()), "records[0].time");
  // Neither a whole value nor a way to smuggle one in.
  for (const char* bad : {"", "7", "\"x\"", "null", "{", "[{}", R"([],"more":[])", R"({}],"x":[{})",
                          R"({"records":{}})", R"({"category":"a","category":"b"})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadJson(bad).status())) << bad;
  }
}

struct TypeRow {
  const char* what;
  std::function<void(v1::AltRecord&)> change;
  const char* field;  // "": sound
};

TEST(AltTypesTest, WhatTheShippedTypesAskFor) {
  const auto types = LoadAltTypes(TW_ALT_TYPES_FILE);
  ASSERT_TRUE(types.ok()) << types.status();
  const auto as = [](const char* category) {
    return [category](v1::AltRecord& r) { r.set_category(category); };
  };
  const TypeRow rows[] = {
      {"news with a title", as("news"), ""},
      {"news without",
       [&](v1::AltRecord& r) {
         as("news")(r);
         r.clear_title();
       },
       "title"},
      {"sentiment", as("sentiment"), ""},
      {"of two symbols",
       [&](v1::AltRecord& r) {
         as("sentiment")(r);
         r.add_symbols("X");
       },
       "symbols"},
      {"of none",
       [&](v1::AltRecord& r) {
         as("sentiment")(r);
         r.clear_symbols();
       },
       "symbols"},
      {"without a value",
       [&](v1::AltRecord& r) {
         as("sentiment")(r);
         r.clear_value();
       },
       "value"},
      {"above 1",
       [&](v1::AltRecord& r) {
         as("sentiment")(r);
         r.set_value(1.01);
       },
       "value"},
      {"below -1",
       [&](v1::AltRecord& r) {
         as("sentiment")(r);
         r.set_value(-1.01);
       },
       "value"},
      {"at -1",
       [&](v1::AltRecord& r) {
         as("sentiment")(r);
         r.set_value(-1);
       },
       ""},
      {"any other", as("weather"), ""},
  };
  for (const TypeRow& row : rows) {
    v1::AltRecord record;
    record.mutable_time()->set_seconds(1'800'000'000);
    record.set_source("desk");
    record.add_symbols("IBM");
    record.set_title("t");
    record.set_value(0.5);
    row.change(record);
    const absl::Status status = ValidateRecord("", record, *types);
    EXPECT_EQ(status.ok(), std::string(row.field).empty()) << row.what << ": " << status;
    EXPECT_EQ(FieldOf(status), row.field) << row.what;
  }
}

TEST(AltTypesTest, ClosedTypesRefuseOthers) {
  v1::AltRecord record;
  record.mutable_time()->set_seconds(1'800'000'000);
  record.set_source("desk");
  record.set_title("t");
  record.set_category("weather");
  EXPECT_EQ(FieldOf(ValidateRecord("records[0]", record, AltTypes({}, false))),
            "records[0].category");
}

TEST(AltTypesTest, EveryFaultOfTheFileIsReported) {
  const std::string path = ::testing::TempDir() + "tw-alt-types-" + std::to_string(::getpid());
  std::ofstream(path) << R"(others = "yes"
colour = 1
[[type]]
category = "a"
requires = ["title", "pages"]
symbols_max = 101
value_min = 2
value_max = 1.0
[[type]]
category = "a"
requires = ["symbols"]
symbols_max = 0
value_max = nan
)";
  const auto types = LoadAltTypes(path);
  ASSERT_FALSE(types.ok());
  const std::string faults(types.status().message());
  for (const char* fault :
       {":1: others: must be true or false", ":2: unknown key", "\"pages\" is none of title",
        "symbols_max: must be a whole number from 0 to 100", "value_min: is above value_max",
        "type a: listed twice", "symbols_max: is 0, but symbols are required",
        "value_max: must be a finite number"}) {
    EXPECT_NE(faults.find(fault), std::string::npos) << fault << " in\n" << faults;
  }
}

}  // namespace
}  // namespace tw::sink_alt
