// What risk is told by flags, environment and deploy/config/tradewind.toml.
#pragma once

#include <string>

#include "libs/base/time.h"
#include "libs/config/settings.h"

namespace tw::risk {

struct RiskConfig {
  std::string limits_path = "deploy/config/limits.toml";
  // How long the ledger may be out of sight before every order is refused.
  Duration ledger_lag_max = Duration::Seconds(5);
  // An approval that oms's ledger does not show after this long is taken back.
  Duration reservation_age_max = Duration::Seconds(30);
  // How often the kill switch is offered to a gate that has not acknowledged it.
  Duration announce_period = Duration::Millis(250);

  void Read(config::Settings& settings);
};

}  // namespace tw::risk
