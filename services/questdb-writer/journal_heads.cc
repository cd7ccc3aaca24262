#include "services/questdb-writer/journal_heads.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "libs/journal/format.h"

namespace tw::questdb_writer {

absl::Status AddJournalHead(const tradewind::v1::JournalHead& head,
                            Timestamp seen,
                            ilp::LineBuffer& rows) {
  journal::Hash hash;
  if (head.hash().size() != hash.size()) {
    return absl::InvalidArgumentError("the journal's head has no hash");
  }
  std::copy(head.hash().begin(), head.hash().end(), hash.begin());
  rows.Table("journal_heads")
      .String("journal_id", fmt::format("{:016x}", head.journal_id()))
      .Int("record", static_cast<int64_t>(head.record()))
      .Int("sequence", static_cast<int64_t>(head.sequence()))
      .String("hash", journal::Hex(hash));
  return rows.At(seen);
}

}  // namespace tw::questdb_writer
