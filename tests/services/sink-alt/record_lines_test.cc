#include "services/sink-alt/record_lines.h"

#include <gtest/gtest.h>

namespace tw::sink_alt {
namespace {

using Records = std::vector<std::pair<int64_t, std::string>>;

Records All(FileFormat format, std::string_view text) {
  RecordLines lines(format, text);
  Records records;
  while (const auto record = lines.Next()) {
    records.emplace_back(record->line, record->text);
  }
  EXPECT_EQ(lines.position(), text.size());
  return records;
}

TEST(RecordLinesTest, JsonLines) {
  EXPECT_EQ(All(FileFormat::kJsonLines, ""), (Records{}));
  EXPECT_EQ(All(FileFormat::kJsonLines, "{}\n\n{\"a\":\"\\\"\"}\r\n{}"),
            (Records{{1, "{}"}, {3, "{\"a\":\"\\\"\"}"}, {4, "{}"}}));
}

TEST(RecordLinesTest, CsvRecordsMayHoldLineBreaks) {
  EXPECT_EQ(All(FileFormat::kCsv, "a,b\n1,\"x\ny\n\"\"z\"\"\"\n2,3\n"),
            (Records{{1, "a,b"}, {2, "1,\"x\ny\n\"\"z\"\"\""}, {5, "2,3"}}));
  EXPECT_EQ(All(FileFormat::kCsv, "\xEF\xBB\xBFtime\n1"), (Records{{1, "time"}, {2, "1"}}));
}

struct CsvRow {
  const char* record;
  std::vector<std::string> fields;  // none: refused
};

TEST(SplitCsvTest, Fields) {
  const CsvRow rows[] = {
      {"", {""}},
      {"a", {"a"}},
      {"a,b,", {"a", "b", ""}},
      {"\"a,b\",c", {"a,b", "c"}},
      {"\"say \"\"yes\"\"\",", {"say \"yes\"", ""}},
      {"\"\",x", {"", "x"}},
      {"a\"b", {"a\"b"}},
      {"\"two\nlines\"", {"two\nlines"}},
      {"\"open", {}},
      {"\"a\"b", {}},
  };
  for (const CsvRow& row : rows) {
    const auto fields = SplitCsv(row.record);
    EXPECT_EQ(fields.ok(), !row.fields.empty()) << row.record;
    if (fields.ok()) {
      EXPECT_EQ(*fields, row.fields) << row.record;
    }
  }
}

TEST(WholeRecordsTest, CutsWhereARecordEnds) {
  EXPECT_EQ(WholeRecords(FileFormat::kCsv, "a,b\n1,2"), 4U);
  EXPECT_EQ(WholeRecords(FileFormat::kCsv, "a,\"b\n1\",2"), 0U);
  EXPECT_EQ(WholeRecords(FileFormat::kCsv, "a,\"b\n1\",2\nx"), 10U);
  EXPECT_EQ(WholeRecords(FileFormat::kJsonLines, "{\"\n"), 3U);
  EXPECT_EQ(WholeRecords(FileFormat::kJsonLines, ""), 0U);
}

TEST(FormatTest, Names) {
  EXPECT_EQ(FindFormat("csv"), FileFormat::kCsv);
  EXPECT_EQ(FindFormat("jsonl"), FileFormat::kJsonLines);
  EXPECT_FALSE(FindFormat("xml"));
}

}  // namespace
}  // namespace tw::sink_alt
