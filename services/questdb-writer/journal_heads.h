// The heads of oms's journal as rows of journal_heads.
#pragma once

#include "absl/status/status.h"
#include "libs/base/time.h"
#include "libs/ilp/line_buffer.h"
#include "tradewind/v1/events.pb.h"

namespace tw::questdb_writer {

// INVALID_ARGUMENT: its hash is none.
absl::Status AddJournalHead(const tradewind::v1::JournalHead& head,
                            Timestamp seen,
                            ilp::LineBuffer& rows);

}  // namespace tw::questdb_writer
