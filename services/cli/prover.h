// Prover: fires the market-access controls at a running platform, one order each, and keeps what
// was sent, what was answered, when, and where the ledger has it. docs/controls.md maps them to the
// rules they serve.
//
// What it sets is put back to what was there before; what could not be is named by left_behind().
// It does not start where a plain order is refused already: a switch or block of somebody else's
// would be lifted with its own. One thread; some ten seconds.
#pragma once

#include <string>
#include <vector>

#include "libs/core/decimal.h"
#include "services/cli/context.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {

namespace v1 = ::tradewind::v1;

struct ProofOptions {
  std::string account = "controls-proof";
  std::string strategy = "controls-proof";
  std::string symbol = "IBM";
  std::string by;
};

struct Evidence {
  std::string control;  // the check's name
  v1::RejectReason expected = v1::REJECT_REASON_NONE;
  v1::SubmitOrderRequest order;
  v1::Order answer;
  std::string time;     // of the answer
  bool fired = false;   // an order was sent
  bool proved = false;  // and refused for the expected reason
  std::string note;     // why not
};

// One JSON object, without line end.
std::string ToLine(const Evidence& evidence);

class Prover {
 public:
  Prover(const Context& context, ProofOptions options)
      : context_(context), options_(std::move(options)) {}

  // Every control in the order of the table of checks. FAILED_PRECONDITION: a plain order is
  // refused already. Any other error: the platform cannot be asked.
  absl::StatusOr<std::vector<Evidence>> Run();
  // What a person has to take back, and why; empty when nothing is left.
  const std::vector<std::string>& left_behind() const { return left_behind_; }

 private:
  absl::Status Look();  // market, instrument and limits, and whether an order passes as it is
  v1::SubmitOrderRequest Resting() const;
  void ProveOrders();
  void ProveLimits();
  void ProvePace();
  void ProveControls();
  void ProveLossesAndThrottle();
  void NameTheRest();

  // Sends the order, which has to be refused for that reason.
  void Fire(const std::string& control,
            v1::RejectReason expected,
            const v1::SubmitOrderRequest& order);
  // The same with one value of the account's limits set to `value` meanwhile; and with an order
  // before, that has to be accepted.
  void FireWith(const std::string& control,
                v1::RejectReason expected,
                const std::string& field,
                const std::string& value,
                const std::vector<v1::SubmitOrderRequest>& before = {});
  // Notes what a status says was not taken back.
  void TakeBack(const std::string& what, const absl::Status& status);
  void NotFired(const std::string& control, v1::RejectReason expected, const std::string& why);
  absl::Status SetLimit(const v1::Limits& key, const std::string& field, const std::string& value);
  void PutBackLimit(const v1::Limits& was, const std::string& field);
  // The row as it stands; one without values when there is none.
  absl::StatusOr<v1::Limits> FindLimits(const v1::Limits& key) const;
  absl::StatusOr<v1::Order> Send(const v1::SubmitOrderRequest& order) const;
  // A market order for the smallest quantity, until it has ended.
  absl::Status Trade(v1::Side side);
  absl::Status CancelAll() const;

  const Context& context_;
  const ProofOptions options_;
  std::vector<Evidence> evidence_;
  std::vector<std::string> left_behind_;
  v1::Limits account_limits_;  // as they were
  v1::Limits strategy_limits_;
  Price tick_;
  Quantity lot_;
  Quantity least_;
  Quantity most_;
  Price bid_;
  Price ask_;
};

}  // namespace tw::cli
