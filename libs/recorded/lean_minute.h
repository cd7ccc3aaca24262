// LEAN minute bars: .../<market>/minute/<symbol>/<yyyymmdd>_{trade,quote}.zip. Crypto, in decimals
// on a UTC clock, or equities of the USA, in integers of 1e-4 on New York's.
//
//   trade   ms since midnight, open, high, low, close, volume
//   quote   ms since midnight, bid open, high, low, close, bid size, ask open, ..., ask size
//
// A trade bar is a row; a quote bar is two, of intervals "1m-bid" and "1m-ask", or one where a side
// is empty. Figures of more than eight decimals are rounded to eight, half away from zero.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/source.h"

namespace tw::recorded {

struct LeanMinuteFile {
  std::string path;
  std::string symbol;   // in place of the folder's name; "": that
  bool scaled = false;  // integers of 1e-4
  std::string zone = "UTC";
};

absl::StatusOr<std::unique_ptr<RecordedSource>> OpenLeanMinute(const LeanMinuteFile& file);

}  // namespace tw::recorded
