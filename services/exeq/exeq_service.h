// ExeqService: exeq as a library. Wires streams, venues, REST and checks together.
#pragma once

#include <memory>

#include "libs/app/app.h"
#include "libs/stream/pump.h"
#include "services/exeq/parent_desk.h"
#include "services/exeq/route_streams.h"
#include "services/exeq/venue_watch.h"

namespace tw::exeq {

class ExeqService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void MakeParents(app::Context& context);
  void RegisterExecutionService(rpc::Server& server);
  void AddChecks(http::OpsState& ops);

  Duration venue_period_;
  RouteDeskOptions desk_options_;
  Duration quote_age_max_;
  std::unique_ptr<QuoteBoard> quotes_;
  std::unique_ptr<VenueWatch> venues_;
  std::unique_ptr<RouteStreams> routes_;
  ParentLimits parent_limits_;
  std::unique_ptr<stream::Pump> pump_;  // of the updates of parent orders
  std::unique_ptr<ParentDesk> parents_;
};

}  // namespace tw::exeq
