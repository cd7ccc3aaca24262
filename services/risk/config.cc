#include "services/risk/config.h"

namespace tw::risk {

void RiskConfig::Read(config::Settings& settings) {
  limits_path = settings.String("limits", limits_path, "the limits file");
  ledger_lag_max = settings.Ms("ledger-lag-max-ms", ledger_lag_max.millis(), 100, 600'000,
                               "orders are refused when oms's ledger is out of sight longer");
  reservation_age_max =
      settings.Ms("reservation-age-max-ms", reservation_age_max.millis(), 1'000, 600'000,
                  "an approval that the ledger does not show is taken back after this");
  announce_period = settings.Ms("announce-period-ms", announce_period.millis(), 10, 10'000,
                                "between two tries to hand the kill switch to a gate");
}

}  // namespace tw::risk
