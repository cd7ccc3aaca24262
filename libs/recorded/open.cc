#include "libs/recorded/open.h"

#include <filesystem>

#include "libs/recorded/lean_file.h"

namespace tw::recorded {
namespace {

constexpr const char* kFormats =
    "known are LEAN equity ticks, .../equity/usa/tick/<symbol>/<yyyymmdd>_quote.zip and _trade.zip";

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// LEAN says market, resolution and symbol by folders: equity/usa/tick/ibm. Other markets keep other
// clocks and columns under the same file names, so all of them must fit.
bool IsLeanEquityTick(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (!EndsWith(name, "_quote.zip") && !EndsWith(name, "_trade.zip")) {
    return false;
  }
  const std::filesystem::path tick = path.parent_path().parent_path();
  const std::filesystem::path market = tick.parent_path();
  return tick.filename() == "tick" && market.filename() == "usa" &&
         market.parent_path().filename() == "equity";
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordedSource>> Open(const std::string& path,
                                                     const std::string& symbol) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return absl::NotFoundError(path + ": no such file");
  }
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(path + ": is a folder; name its files");
  }
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (IsLeanEquityTick(absolute)) {
    return OpenLeanEquityTicks(absolute.string(), symbol);
  }
  return absl::InvalidArgumentError(path + ": not a recording that can be read; " + kFormats);
}

}  // namespace tw::recorded
