// Rows to and from messages: the only file that names both. Any thread.
#pragma once

#include "libs/recorded/row.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::recording {

// As VenueService.Replay takes it.
void EncodeRow(const recorded::Row& row, tradewind::v1::RecordedRow& out);

// False: the event is not played again (bars, statistics and their like, state for new readers but
// books). Everything but `source_seq` is set.
bool DecodeRow(const tradewind::v1::FeedEvent& event, recorded::Row& row);

}  // namespace tw::recording
