#include "libs/feed/ledger_client.h"

#include <algorithm>

#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"

namespace tw::feed {
namespace {

constexpr Duration kTraceAgeMax = Duration::Seconds(60);

// A replay of old events is not the order's way through this service.
void Trace(const std::string& consumer, const v1::LedgerEvent& event) {
  const OrderId id = OrderId::FromValue(event.order_id());
  const Timestamp now = SystemClock().Now();
  if (now - Timestamp{event.time_ns()} > kTraceAgeMax) {
    return;
  }
  trace::Begin(id, event.traceparent());
  trace::Note(
      {consumer, "ledger_event_taken", now, log::Level::kDebug}, id,
      {{"sequence", event.sequence()}, {"kind", v1::OrderEventKind_Name(event.kind()).substr(17)}});
}

}  // namespace

LedgerClient::LedgerClient(TimerThread& timers, LedgerOptions options)
    : options_(std::move(options)), sequence_(options_.from == 0 ? 0 : options_.from - 1) {
  if (!options_.anchor_folder.empty()) {
    anchors_.emplace(options_.anchor_folder + "/" + journal::kAnchorFileName);
  }
  Subscriber<v1::StreamLedgerRequest, v1::LedgerBatch>::Options subscriber;
  subscriber.channel = options_.oms;
  subscriber.method = "tradewind.v1.OrderLedgerService/StreamLedger";
  subscriber.request = [this] {
    v1::StreamLedgerRequest request;
    request.set_from_sequence(sequence_ + 1);
    request.set_consumer(options_.consumer);
    request.set_without_checks(options_.without_checks);
    request.set_fills_only(options_.fills_only);
    request.set_pace_ms(static_cast<uint32_t>(options_.pace.millis()));
    return request;
  };
  subscriber.on_batch = [this](const v1::LedgerBatch& batch) { return OnBatch(batch); };
  subscriber.on_lost = [this](const absl::Status& status) {
    if (options_.on_lost) {
      options_.on_lost(status);
    }
  };
  subscriber_ = std::make_unique<Subscriber<v1::StreamLedgerRequest, v1::LedgerBatch>>(
      timers, std::move(subscriber));
}

// What does not fit what was seen before is an alarm, not a reason to stop: the services go by what
// oms says, and people look.
void LedgerClient::KeepHead(const v1::JournalHead& head) {
  journal::Anchor anchor;
  anchor.journal_id = head.journal_id();
  anchor.record = head.record();
  anchor.sequence = head.sequence();
  if (head.hash().size() != anchor.hash.size()) {
    return;
  }
  std::copy(head.hash().begin(), head.hash().end(), anchor.hash.begin());
  anchor.seen = SystemClock().Now();
  if (const absl::Status kept = anchors_->Keep(anchor); !kept.ok()) {
    log::Limited(log::Level::kError, "ledger_head_not_kept",
                 {{"error", std::string(kept.message())}});
  }
}

LedgerClient::~LedgerClient() {
  Stop();
}

void LedgerClient::Start() {
  subscriber_->Start();
}

void LedgerClient::Stop() {
  subscriber_->Stop();
}

bool LedgerClient::connected() const {
  return subscriber_->connected();
}

bool LedgerClient::OnBatch(const v1::LedgerBatch& batch) {
  for (const v1::LedgerEvent& event : batch.events()) {
    const uint64_t expected = sequence_ + 1;
    if (event.sequence() < expected) {
      continue;  // sent again after a reconnect
    }
    if (event.sequence() > expected) {
      return false;
    }
    options_.on_event(event);
    sequence_ = expected;
    if (!event.traceparent().empty() || trace::MayKnow(OrderId::FromValue(event.order_id()))) {
      Trace(options_.consumer, event);
    }
  }
  epoch_ = batch.epoch();
  head_ = std::max(batch.head_sequence(), sequence_.load());
  if (anchors_ && batch.has_journal_head()) {
    KeepHead(batch.journal_head());
  }
  if (options_.on_batch) {
    options_.on_batch(batch, sequence_ >= head_);
  }
  return true;
}

}  // namespace tw::feed
