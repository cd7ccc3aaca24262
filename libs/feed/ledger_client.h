// LedgerClient: oms's order ledger, every event exactly once and in order, from a sequence on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/feed/subscriber.h"
#include "libs/journal/anchor.h"
#include "tradewind/v1/events.pb.h"

namespace tw::feed {

struct LedgerOptions {
  std::shared_ptr<rpc::Channel> oms;
  std::string consumer;        // "risk"
  bool without_checks = true;  // risk's decisions come without their checks
  bool fills_only = false;     // of what moves no position or cash: sequence and time alone
  uint64_t from = 1;           // first event wanted: the stored sequence + 1
  Duration pace{};             // StreamLedgerRequest.pace_ms; zero: oms's own
  // Each event in order; gRPC's threads, one at a time.
  std::function<void(const v1::LedgerEvent&)> on_event;
  // After each message: everything up to the batch's last event was handed over. `caught_up`:
  // nothing on oms's disk is missing here. May be empty.
  std::function<void(const v1::LedgerBatch&, bool caught_up)> on_batch;
  // The folder in which the journal's head is kept as it was seen, as ledger-anchor
  // (libs/journal/anchor.h); empty: nowhere.
  std::string anchor_folder{};
  // The stream was lost (it is being opened again). May be empty.
  std::function<void(const absl::Status&)> on_lost;
};

class LedgerClient {
 public:
  LedgerClient(TimerThread& timers, LedgerOptions options);
  ~LedgerClient();

  void Start();
  void Stop();  // no callback runs after it

  uint64_t sequence() const { return sequence_.load(); }  // last event handed over
  uint64_t head() const { return head_.load(); }          // last event known to be on oms's disk
  uint64_t epoch() const { return epoch_.load(); }        // oms's start number; 0 until known
  bool connected() const;
  // Connected, and nothing known is missing.
  bool caught_up() const { return connected() && head() != kUnknown && sequence() >= head(); }

 private:
  static constexpr uint64_t kUnknown = ~uint64_t{0};

  bool OnBatch(const v1::LedgerBatch& batch);
  void KeepHead(const v1::JournalHead& head);

  const LedgerOptions options_;
  std::optional<journal::AnchorFile> anchors_;
  std::atomic<uint64_t> sequence_;
  std::atomic<uint64_t> head_{kUnknown};
  std::atomic<uint64_t> epoch_{0};
  std::unique_ptr<Subscriber<v1::StreamLedgerRequest, v1::LedgerBatch>> subscriber_;
};

}  // namespace tw::feed
