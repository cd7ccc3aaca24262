// Reads instruments.toml:
//
//   [[instrument]]
//   symbol = "BTCUSDT"           # [A-Z0-9][A-Z0-9._-]{0,31}
//   description = "Bitcoin in Tether"
//   base_currency = "BTC"
//   quote_currency = "USDT"
//   tick_size = "0.01"           # decimals as text
//   lot_size = "0.00001"
//   min_quantity = "0.00001"     # multiples of lot_size
//   max_quantity = "100"
//   start_price = "45000"        # a multiple of tick_size
//   min_depth = "20"             # the paper market keeps this much within 0.5 % on each side
//   calendar = "XNYS"            # optional; libs/config/calendars.h
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/core/instrument.h"

namespace tw::config {

// The hash is the first 16 hex digits of the content's SHA-256. NotFound when the file is not
// there; InvalidArgument with every fault, a line each, with line number and symbol.
absl::StatusOr<Instruments> LoadInstruments(const std::string& path);

}  // namespace tw::config
