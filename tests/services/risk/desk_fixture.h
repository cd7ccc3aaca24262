// DeskTest: a desk with its clock, and oms and the market as the test plays them.
#pragma once

#include <gtest/gtest.h>

#include "services/risk/desk.h"
#include "tests/services/risk/shell_fixture.h"

namespace tw::risk::testing {

class DeskTest : public ::testing::Test {
 protected:
  DeskTest()
      : desk_(clock_, TestInstruments(), tw::Accounts(), File(), RiskConfig(), RiskMetrics()) {
    desk_.OnFinding([this](AlertRaised finding) { findings_.push_back(std::move(finding)); });
    desk_.OnFeedEvent(Quote("BTCUSDT", "45000", "45010", kNow));
  }

  static LimitsFile File() { return {testing::DefaultRows(), Rules(), "hash"}; }

  void CatchUp(uint64_t epoch = 1) {
    v1::LedgerBatch batch;
    batch.set_epoch(epoch);
    desk_.OnLedgerBatch(batch, true);
  }

  v1::GateResponse Gate(const v1::GateRequest& request) {
    v1::GateResponse response;
    desk_.Gate(request, response);
    return response;
  }

  v1::GateDecision Decide(const v1::GateOrder& order, uint64_t epoch = 1) {
    v1::GateRequest request;
    request.set_epoch(epoch);
    *request.add_orders() = order;
    const v1::GateResponse response = Gate(request);
    EXPECT_EQ(response.decisions_size(), 1);
    return response.decisions(0);
  }

  v1::Exposure ExposureOf(const std::string& symbol) {
    const auto all = desk_.GetExposure(v1::GetExposureRequest());
    for (const v1::Exposure& row : all.exposures()) {
      if (row.symbol() == symbol) {
        return row;
      }
    }
    return {};
  }

  ManualClock clock_{kNow};
  Desk desk_;
  std::vector<AlertRaised> findings_;
};

}  // namespace tw::risk::testing
