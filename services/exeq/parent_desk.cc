#include "services/exeq/parent_desk.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/log/scope.h"
#include "libs/stream/pace.h"

namespace tw::exeq {
namespace {

constexpr size_t kTasksMax = 4'096;
constexpr size_t kWordsMax = 16'384;
constexpr Duration kTick = Duration::Millis(20);  // between looks at the clock
constexpr Duration kIdle = Duration::Seconds(1);  // with no parent open
constexpr Duration kCallTimeout = Duration::Seconds(5);
constexpr Duration kLedgerLinger = Duration::Seconds(30);  // it is read on without an open child

}  // namespace

ParentDesk::ParentDesk(ParentDeskOptions options,
                       const Clock& clock,
                       const Instruments& instruments,
                       TimerThread& timers,
                       ParentMetrics metrics)
    : options_(std::move(options)),
      clock_(clock),
      instruments_(instruments),
      timers_(timers),
      metrics_(std::move(metrics)),
      inbox_(std::make_shared<ParentInbox>(kTasksMax, kWordsMax)),
      book_(instruments, options_.limits) {}

ParentDesk::~ParentDesk() {
  Stop();
}

absl::Status ParentDesk::Open() {
  journal::Options options;
  options.segment_bytes = uint64_t{4} << 20;
  TW_ASSIGN_OR_RETURN(
      journal_, journal::Writer::Open(files_, options_.folder, options, 1,
                                      [this](uint64_t, std::string_view record) -> absl::Status {
                                        TW_ASSIGN_OR_RETURN(const ParentEvent event,
                                                            DecodeRecord(record));
                                        book_.Apply(event);
                                        return absl::OkStatus();
                                      }));
  updates_ = std::make_unique<stream::NumberedLog<v1::ParentOrderUpdate>>(kUpdatesKept,
                                                                          journal_->last_number());
  if (!book_.opened()) {
    TW_RETURN_IF_ERROR(Keep(ParentBook::DecideOpen(clock_.Now())));
    TW_RETURN_IF_ERROR(journal_->Sync());
  }
  open_parents_ = book_.open().size();
  log::Info("parents_recovered", {{"records", journal_->recovery().records},
                                  {"torn_bytes", journal_->recovery().torn_bytes},
                                  {"open", book_.open().size()}});
  running_ = true;
  thread_ = std::thread(log::ForThisService([this] { Run(); }));
  return absl::OkStatus();
}

void ParentDesk::Stop() {
  inbox_->Close();
  if (thread_.joinable()) {
    thread_.join();
  }
  running_ = false;
}

void ParentDesk::Run() {
  while (true) {
    ParentInbox::Batch batch = inbox_->Take(book_.open().empty() ? kIdle : kTick);
    RunBatch(batch);
    if (batch.closed) {
      break;
    }
    Advance();
    SyncAndRelease();
    const Timestamp now = clock_.Now();
    TendLedger(now);
    TendMarket();
    for (const ChildRequest& request : book_.TakeRequests(now)) {
      Send(request);
    }
  }
  SyncAndRelease();
  ledger_.reset();
  market_.reset();
}

void ParentDesk::RunBatch(ParentInbox::Batch& batch) {
  for (const auto& [symbol, quantity] : batch.trades) {
    book_.OnMarketTrade(symbol, quantity);
  }
  for (const std::function<void()>& task : batch.tasks) {
    task();
  }
  for (auto& [account, word] : std::exchange(again_, {})) {
    batch.words.try_emplace({account, word.client_order_id}, std::move(word));
  }
  for (auto& [key, word] : batch.words) {
    const auto event =
        book_.OnOrder(word.parent_id, word.client_order_id, word.order, clock_.Now());
    if (event && !Keep(*event).ok()) {
      again_.emplace_back(key.first, std::move(word));
    }
  }
}

void ParentDesk::Advance() {
  const Timestamp now = clock_.Now();
  const std::vector<std::string> open(book_.open().begin(), book_.open().end());
  for (const std::string& id : open) {
    for (auto event = book_.Next(id, now); event; event = book_.Next(id, now)) {
      if (!Keep(*event).ok()) {
        break;  // it is due again with the next tick
      }
    }
  }
}

absl::Status ParentDesk::Keep(const ParentEvent& event) {
  const bool may_wait = event.kind == ParentEventKind::kSubmitted ||
                        event.kind == ParentEventKind::kChildPlanned ||
                        event.kind == ParentEventKind::kResumed;
  const absl::StatusOr<uint64_t> number = journal_->Append(
      EncodeRecord(event), may_wait ? journal::Lane::kOrder : journal::Lane::kPriority);
  if (!number.ok()) {
    log::Limited(log::Level::kError, "parent_not_kept",
                 {{"error", std::string(number.status().message())}});
    if (journal_->failed()) {
      options_.on_fatal(number.status());
    }
    return number.status();
  }
  book_.Apply(event);
  dirty_ = true;
  v1::ParentOrderUpdate update;
  update.set_kind(std::string(Name(event.kind)));
  if (const Parent* const parent = book_.Find(event.parent.id)) {
    *update.mutable_order() = Encode(*parent);
    if (event.child) {
      *update.mutable_child() = EncodeChild(*parent, *event.child);
    }
    if (event.parent.updated.IsSet()) {
      *update.mutable_time() = update.order().updated_time();
    }
    metrics_.Happened(event);
  }
  unpublished_.push_back(std::move(update));
  return absl::OkStatus();
}

void ParentDesk::SyncAndRelease() {
  if (dirty_) {
    if (const absl::Status status = journal_->Sync(); !status.ok()) {
      options_.on_fatal(status);
      held_.clear();
      return;
    }
    dirty_ = false;
  }
  open_parents_ = book_.open().size();
  for (v1::ParentOrderUpdate& update : std::exchange(unpublished_, {})) {
    updates_->Append(std::move(update));
    options_.on_published();
  }
  for (const std::function<void()>& answer : std::exchange(held_, {})) {
    answer();
  }
}

// ---- children ----

void ParentDesk::Send(const ChildRequest& request) {
  const std::string key = ChildKey(request.parent_id, request.child.number);
  switch (request.kind) {
    case ChildRequest::Kind::kSubmit:
      metrics_.AskedSubmit();
      Ask("tradewind.v1.OrderService/SubmitOrder", EncodeSubmit(request), request);
      return;
    case ChildRequest::Kind::kAsk: {
      metrics_.AskedGet();
      v1::GetOrderRequest get;
      get.set_account(request.account);
      get.set_client_order_id(key);
      Ask("tradewind.v1.OrderService/GetOrder", get, request);
      return;
    }
    case ChildRequest::Kind::kCancel: {
      metrics_.AskedCancel();
      v1::CancelOrderRequest cancel;
      cancel.set_order_id(request.child.order_id.ToString());
      Ask("tradewind.v1.OrderService/CancelOrder", cancel, request);
      return;
    }
  }
}

template <typename Request>
void ParentDesk::Ask(const char* method, const Request& message, const ChildRequest& request) {
  options_.oms->Call<Request, v1::Order>(
      method, message, kCallTimeout,
      [this, inbox = inbox_, request](absl::StatusOr<v1::Order> order) {
        ChildAnswer answer;
        answer.message = std::string(order.status().message());
        if (order.ok()) {
          const absl::StatusOr<OrderSnapshot> snapshot = DecodeOrder(*order);
          if (snapshot.ok()) {
            answer.kind = ChildAnswer::Kind::kOrder;
            answer.order = *snapshot;
          }
        } else if (absl::IsNotFound(order.status())) {
          answer.kind = ChildAnswer::Kind::kNotFound;
        } else if (absl::IsInvalidArgument(order.status()) ||
                   absl::IsAlreadyExists(order.status())) {
          answer.kind = ChildAnswer::Kind::kRefused;
        }
        // Runs on the desk's thread, or not at all.
        inbox->PostAnswer([this, request, answer] { OnAnswer(request, answer); });
      });
}

void ParentDesk::OnAnswer(const ChildRequest& request, const ChildAnswer& answer) {
  {
    const std::lock_guard lock(fault_mutex_);
    fault_ = answer.kind == ChildAnswer::Kind::kLost ? "oms: " + answer.message : "";
  }
  if (answer.kind == ChildAnswer::Kind::kLost) {
    metrics_.Lost();
    log::Limited(log::Level::kWarn, "child_not_answered",
                 {{"parent", request.parent_id}, {"error", answer.message}});
  }
  if (const auto event = book_.OnAnswer(request, answer, clock_.Now())) {
    (void)Keep(*event);  // not kept: it is asked again
  }
}

// ---- streams ----

void ParentDesk::TendLedger(Timestamp now) {
  const std::optional<uint64_t> from = book_.StreamFrom();
  if (from) {
    ledger_needed_ = now;
  } else if (ledger_ != nullptr && now - ledger_needed_ > kLedgerLinger) {
    inbox_->SetReads(false);  // nobody may wait in a callback while the client is stopped
    ledger_.reset();
  }
  if (!from || ledger_ != nullptr) {
    return;
  }
  inbox_->SetReads(true);
  feed::LedgerOptions options;
  options.oms = options_.oms;
  options.consumer = "exeq";
  options.from = *from;
  options.anchor_folder = options_.anchor_folder;
  options.on_event = [inbox = inbox_.get()](const v1::LedgerEvent& event) {
    if (!event.parent_order_id().empty()) {
      inbox->PostWord(event.account(),
                      {event.parent_order_id(), event.client_order_id(), DecodeOrder(event)});
    }
  };
  ledger_ = std::make_unique<feed::LedgerClient>(timers_, std::move(options));
  ledger_->Start();
}

void ParentDesk::TendMarket() {
  if (!book_.NeedsMarket()) {
    market_.reset();
    return;
  }
  if (market_ != nullptr) {
    return;
  }
  feed::MarketOptions options;
  options.peer = options_.normalizer;
  options.consumer = "exeq";
  options.pace = stream::kDecisionPace;
  options.on_event = [inbox = inbox_.get()](const v1::FeedEvent& event) {
    if (event.has_trade() && !event.snapshot() && !event.recorded() &&
        event.trade().quantity_e8() > 0) {
      inbox->PostTrade(event.symbol(), Quantity::FromE8(event.trade().quantity_e8()));
    }
  };
  market_ = std::make_unique<feed::MarketClient>(timers_, std::move(options));
  market_->Start();
}

std::string ParentDesk::fault() const {
  const std::lock_guard lock(fault_mutex_);
  return fault_;
}

}  // namespace tw::exeq
