// OpeningFile: what accounts bring in from elsewhere, as a CSV file (RFC 4180) says it. Pure.
//
//   account,symbol,quantity,price,opened,currency,amount
//   desk-1,IBM,100,181.20,2025-03-14,,
//   desk-1,IBM,50,179.95,2026-02-02T14:31:05Z,,
//   desk-1,,,,,USD,250000
//
// A row is a lot of a position (quantity negative: short; opened may be empty) or cash. Columns may
// stand in any order, and those that no row needs may be left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.h"

namespace tw::cli {

struct OpeningFileRow {
  int64_t line = 0;
  std::string account, symbol, quantity, price, currency, amount;
  Timestamp opened;  // not set: empty
};

struct OpeningFile {
  std::vector<OpeningFileRow> rows;
  std::vector<std::string> faults;  // "line 3: ..."; with one the rows are not all there
};

OpeningFile ParseOpeningFile(std::string_view text);

}  // namespace tw::cli
