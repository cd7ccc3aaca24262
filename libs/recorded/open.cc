#include "libs/recorded/open.h"

#include <filesystem>
#include <optional>

#include "libs/base/status_macros.h"
#include "libs/recorded/csv_file.h"
#include "libs/recorded/lean_file.h"
#include "libs/recorded/lean_minute.h"

namespace tw::recorded {
namespace {

constexpr const char* kFormats =
    "known are LEAN archives, .../equity/usa/{tick,minute}/<symbol>/<yyyymmdd>_{trade,quote}.zip "
    "and "
    ".../crypto/<market>/minute/<symbol>/..., Binance depth CSV by its header, recordings of "
    "`tradewind record`, and any CSV with a mapping (--mapping FILE, or <file>.toml beside it)";

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// LEAN says market, resolution and symbol by folders: equity/usa/tick/ibm. Other markets keep other
// clocks and columns under the same file names, so all of them must fit.
struct LeanPlace {
  std::string security;    // "equity"
  std::string market;      // "usa"
  std::string resolution;  // "tick"
};

std::optional<LeanPlace> LeanPlaceOf(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (!EndsWith(name, "_quote.zip") && !EndsWith(name, "_trade.zip")) {
    return std::nullopt;
  }
  const std::filesystem::path resolution = path.parent_path().parent_path();
  const std::filesystem::path market = resolution.parent_path();
  return LeanPlace{market.parent_path().filename().string(), market.filename().string(),
                   resolution.filename().string()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordedSource>> Open(const std::string& path,
                                                     const std::string& symbol,
                                                     const std::string& mapping) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return absl::NotFoundError(path + ": no such file");
  }
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(path + ": is a folder; name its files");
  }
  const std::string beside = path + ".toml";
  if (!mapping.empty() || std::filesystem::exists(beside, error)) {
    const std::string from = mapping.empty() ? beside : mapping;
    TW_ASSIGN_OR_RETURN(Mapping columns, ReadMapping(from));
    columns.symbol = symbol.empty() ? columns.symbol : symbol;
    return OpenCsv(path, columns, "CSV by " + std::filesystem::path(from).filename().string());
  }
  const std::string absolute = std::filesystem::absolute(path, error).string();
  if (const std::optional<LeanPlace> lean = LeanPlaceOf(absolute)) {
    const bool usa = lean->security == "equity" && lean->market == "usa";
    if (usa && lean->resolution == "tick") {
      return OpenLeanEquityTicks(absolute, symbol);
    }
    if (usa && lean->resolution == "minute") {
      return OpenLeanMinute({absolute, symbol, true, "America/New_York"});
    }
    if (lean->security == "crypto" && lean->resolution == "minute") {
      return OpenLeanMinute({absolute, symbol, false, "UTC"});
    }
  } else if (FirstLine(path) == kBinanceDepthHeader) {
    Mapping columns = BinanceDepth();
    columns.symbol = symbol;
    return OpenCsv(path, columns, "Binance depth");
  }
  return absl::InvalidArgumentError(path + ": not a recording that can be read; " + kFormats);
}

}  // namespace tw::recorded
