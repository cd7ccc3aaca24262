// Alternative-data records: what a request may say, from JSON too, and a record as a row.
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/ilp/line_buffer.h"
#include "services/sink-alt/alt_types.h"
#include "services/sink-alt/seen.h"
#include "tradewind/v1/analytics.pb.h"

namespace tw::sink_alt {

inline constexpr int kRecordsMax = 1'000;
inline constexpr size_t kNameBytesMax = 64;  // category, source
inline constexpr int kSymbolsMax = 100;
inline constexpr size_t kSymbolBytesMax = 32;
inline constexpr size_t kTitleBytesMax = 1'024;
inline constexpr size_t kBodyBytesMax = 64 << 10;
inline constexpr size_t kRequestBytesMax = 4 << 20;

// One record, an array of records, or {"records": [...]}. InvalidArgument as json::FromJson has it,
// with the field as "records[3].time" in all three shapes.
absl::StatusOr<tradewind::v1::IngestRequest> ReadJson(std::string_view text);

// InvalidArgument for the first fault, with the field as above:
//   time      after 1970, up to 2262
//   category  [A-Za-z0-9._-]{1,64}
//   source    the same
//   symbols   100 at most, each [A-Za-z0-9._/:-]{1,32}
//   title     1 KiB at most, UTF-8
//   body      64 KiB at most, UTF-8
//   value     finite
// and one of title, body and value; and what the rules of its category say.
absl::Status Validate(const tradewind::v1::IngestRequest& request, const AltTypes& types);
// The same for one record, which is called `path` ("" for none).
absl::Status ValidateRecord(const std::string& path,
                            const tradewind::v1::AltRecord& record,
                            const AltTypes& types);

// Over all of the record; two records with equal fields, and only they, have the same.
ContentHash HashOf(const tradewind::v1::AltRecord& record);

// The row of alt_data. REQUIRES: a valid record.
absl::Status AddRow(const tradewind::v1::AltRecord& record,
                    const ContentHash& hash,
                    ilp::LineBuffer& rows);

}  // namespace tw::sink_alt
