// RiskChanges: who changed what at risk, as rows of risk_changes: asks risk for what is new, hands
// the rows on, and asks again a while later. One question at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "libs/ilp/line_buffer.h"
#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::questdb_writer {

namespace v1 = ::tradewind::v1;

// OK, or why the change makes no row.
absl::Status AddChange(const v1::RiskChange& change, ilp::LineBuffer& rows);

class RiskChanges : public std::enable_shared_from_this<RiskChanges> {
 public:
  static constexpr Duration kPeriod = Duration::Seconds(1);
  static constexpr int kPage = 1'000;

  // Rows up to change `sequence`; false when they were not taken: they come again.
  using Hand = std::function<bool(const ilp::LineBuffer& rows, uint64_t sequence)>;

  // From the change after `after` on.
  static std::shared_ptr<RiskChanges> Create(std::shared_ptr<rpc::Channel> risk,
                                             uint64_t after,
                                             Hand hand);

  void Start(TimerThread& timers);
  void Stop();  // `hand` is not called any more
  void Ask();

 private:
  RiskChanges(std::shared_ptr<rpc::Channel> risk, uint64_t after, Hand hand)
      : risk_(std::move(risk)), hand_(std::move(hand)), after_(after) {}
  void OnAnswer(const absl::StatusOr<v1::ListChangesResponse>& answer);

  const std::shared_ptr<rpc::Channel> risk_;
  const Hand hand_;
  std::mutex mutex_;
  uint64_t after_;
  bool asking_ = false;
  bool stopped_ = false;
};

}  // namespace tw::questdb_writer
