// Configuration files: settings, instruments, accounts and limits from any TOML, or what is none.
#include <array>

#include "libs/config/accounts_file.h"
#include "libs/config/instruments.h"
#include "libs/config/settings.h"
#include "services/risk/limits_file.h"
#include "tests/fuzz/fuzz.h"

namespace {

// Taken, or refused with every fault named by file.
void CheckRefusal(const absl::Status& status, const std::string& path) {
  TW_CHECK(status.ok() || (status.code() == absl::StatusCode::kInvalidArgument &&
                           status.message().find(path) != absl::string_view::npos));
}

void CheckInstruments(const std::string& path) {
  const auto loaded = tw::config::LoadInstruments(path);
  CheckRefusal(loaded.status(), path);
  if (!loaded.ok()) {
    return;
  }
  for (const tw::Instrument& instrument : loaded->list()) {
    TW_CHECK(!instrument.symbol.empty() && instrument.tick_size.e8() > 0);
    TW_CHECK(instrument.lot_size.e8() > 0 && instrument.min_quantity <= instrument.max_quantity);
  }
}

void CheckSettings(const std::string& path) {
  const std::array<const char*, 3> argv = {"oms", "--config", path.c_str()};
  auto settings = tw::config::Settings::Load(static_cast<int>(argv.size()), argv.data(), "oms", "");
  if (!settings.ok()) {
    CheckRefusal(settings.status(), path);
    return;
  }
  const int64_t queue = settings->Int("queue-max", 4096, 1, 65'536, "");
  TW_CHECK(queue >= 1 && queue <= 65'536);
  const tw::Duration wait = settings->Ms("wait-ms", 10, 1, 1000, "");
  TW_CHECK(wait >= tw::Duration::Millis(1) && wait <= tw::Duration::Millis(1000));
  settings->Bool("fast", false, "");
  settings->Strings("symbols", {}, "");
  settings->String("name", "", "");
  const absl::Status finished = settings->Finish();
  TW_CHECK(finished.ok() || finished.code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tw::fuzz::Folder home("config");
  const std::string path = home.Write("x.toml", tw::fuzz::Text(data, size));
  CheckInstruments(path);
  CheckRefusal(tw::config::LoadAccounts(path).status(), path);
  CheckRefusal(tw::risk::LoadLimits(path).status(), path);
  CheckSettings(path);
  return 0;
}
