// Recorded files: lines of LEAN ticks, dates, and zip archives with any bytes in them.
#include "libs/recorded/lean.h"
#include "libs/recorded/zip_text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace tw::recorded;  // NOLINT(google-build-using-namespace): a test of this one library

void CheckLine(std::string_view line) {
  for (const bool quote : {true, false}) {
    const auto row = quote ? ParseLeanQuote(line) : ParseLeanTrade(line);
    if (!row.ok()) {
      TW_CHECK(row.status().code() == absl::StatusCode::kInvalidArgument);
      continue;
    }
    TW_CHECK(row->ms_since_midnight >= 0 && row->ms_since_midnight < kDayMs);
    const Row& r = row->row;
    TW_CHECK(r.kind == (quote ? RowKind::kQuote : RowKind::kTrade));
    if (quote) {
      TW_CHECK(r.bid.e8() >= 0 && r.ask.e8() >= 0);
      TW_CHECK(r.bid_size.e8() >= 0 && r.ask_size.e8() >= 0);
    } else {
      TW_CHECK(r.price.e8() > 0 && r.quantity.e8() > 0);
    }
  }
  if (const auto date = ParseDate(line)) {
    TW_CHECK(date->month >= 1 && date->month <= 12 && date->day >= 1 && date->day <= 31);
  }
}

void CheckArchive(const std::string& path) {
  auto text = ZipText::Open(path);
  if (!text.ok()) {
    TW_CHECK(text.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  for (uint64_t lines = 0; lines < 100'000; ++lines) {
    std::string_view line;
    const auto more = text->NextLine(line);
    if (!more.ok()) {
      TW_CHECK(more.status().code() == absl::StatusCode::kDataLoss ||
               more.status().code() == absl::StatusCode::kInvalidArgument);
      return;
    }
    if (!*more) {
      return;
    }
    TW_CHECK(line.size() <= ZipText::kLineMax && text->line_number() == lines + 1);
    CheckLine(line);
  }
}

}  // namespace

// A zip archive where it begins like one, else lines.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tw::fuzz::Folder home("recorded");
  std::string_view text = tw::fuzz::Text(data, size);
  if (text.substr(0, 2) == "PK") {
    CheckArchive(home.Write("x.zip", text));
    return 0;
  }
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    CheckLine(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return 0;
}
