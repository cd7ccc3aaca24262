// FixSessions: the FIX sessions of a process that may trade live, each a venue. Only the program
// live-gateway-fix is linked with this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/fix/engine.h"
#include "services/live-gateway/fix/fix_venue.h"
#include "services/live-gateway/live_gateway_service.h"

namespace tw::live_gateway {

// Settings: a file as QuickFIX reads it, with, in each [SESSION], beside QuickFIX's own keys
//
//   Venue         its name here            Symbols      BTCUSDT,ETHUSDT
//   MakerFeeBps   where no commission      TakerFeeBps  is told
//   Username, PasswordFile   for the logon
class FixSessions final : public SessionMaker {
 public:
  void Configure(config::Settings& settings) override;
  absl::StatusOr<std::vector<std::unique_ptr<OrderVenue>>> Make(
      app::Context& context, std::function<void()> wake) override;
  void Start() override;
  void Stop() override;

  fix::Engine& engine() { return *engine_; }  // for tests

 private:
  absl::StatusOr<FixConfig> ReadSession(size_t session, const Instruments& instruments) const;

  std::string path_;
  Duration answer_timeout_;
  std::function<void()> wake_;
  std::unique_ptr<fix::Engine> engine_;
  std::vector<FixVenue*> venues_;  // by session; owned by the service
};

}  // namespace tw::live_gateway
