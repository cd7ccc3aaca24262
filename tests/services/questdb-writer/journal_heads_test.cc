#include "services/questdb-writer/journal_heads.h"

#include <gtest/gtest.h>

#include <string>

namespace tw::questdb_writer {
namespace {

TEST(JournalHeadsTest, AHeadIsARow) {
  tradewind::v1::JournalHead head;
  head.set_journal_id(0xab12);
  head.set_record(17);
  head.set_sequence(34);
  head.set_hash(std::string(31, '\x0f') + '\xa0');
  ilp::LineBuffer rows;
  ASSERT_TRUE(AddJournalHead(head, Timestamp{1'700'000'000'000'000'001}, rows).ok());
  std::string hex;
  for (int i = 0; i < 31; ++i) {
    hex += "0f";
  }
  EXPECT_EQ(rows.bytes(),
            "journal_heads journal_id=\"000000000000ab12\",record=17i,sequence=34i,hash=\"" + hex +
                "a0\" 1700000000000000001\n");
}

TEST(JournalHeadsTest, WithoutAHashThereIsNone) {
  tradewind::v1::JournalHead head;
  head.set_hash("short");
  ilp::LineBuffer rows;
  EXPECT_EQ(AddJournalHead(head, Timestamp{1}, rows).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(rows.rows(), 0U);
}

}  // namespace
}  // namespace tw::questdb_writer
