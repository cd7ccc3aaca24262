// Engine: the owner of the ledger. Takes commands from any thread, decides, journals, applies,
// syncs once a batch, and only then answers, publishes and sends on.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "libs/base/clock.h"
#include "libs/sequencer/sequencer.h"
#include "libs/sequencer/sync_pace.h"
#include "services/oms/archive.h"
#include "services/oms/convert.h"
#include "services/oms/ledger.h"
#include "services/oms/links.h"
#include "services/oms/market_watch.h"
#include "services/oms/metrics.h"
#include "services/oms/ports.h"
#include "services/oms/self_trade.h"
#include "services/oms/sessions.h"
#include "services/oms/stop_book.h"
#include "services/oms/store.h"

namespace tw::oms {

using OrderAnswer = std::function<void(absl::StatusOr<v1::Order>)>;
// The time stamps of an order that asked for them, else null. Belongs to the engine from Post until
// the order's answer.
using TracePtr = std::shared_ptr<v1::OrderTrace>;
using LinkedAnswer = std::function<void(const absl::StatusOr<v1::LinkedOrders>&)>;
using PreviewAnswer = std::function<void(const absl::StatusOr<v1::PreviewOrderResponse>&)>;

// An order named by its id, or by account and client_order_id.
struct OrderRef {
  OrderId id;
  std::string account;
  std::string client_order_id;
  std::vector<std::string> only_accounts{};  // what the caller may touch; empty: any
};

struct SubmitCommand {
  NewOrder order;
  OrderAnswer answer;
  std::string traceparent{};  // empty: nobody traces it
  TracePtr trace = nullptr;
};
struct CancelCommand {
  OrderRef ref;
  OrderAnswer answer;
  bool looked = false;  // not found once; this is the look behind the orders that came before it
  std::string traceparent{};
};
struct ReplaceCommand {
  OrderRef ref;
  NewTerms terms;  // zero: unchanged
  OrderAnswer answer;
  std::string traceparent{};
};
struct CancelAllCommand {
  std::string account;  // empty: all
  std::string symbol;
  Side side = Side::kUnspecified;
  std::string strategy;
  OrderId link;  // not set: all
  std::function<void(const absl::StatusOr<v1::CancelAllOrdersResponse>&)> answer;
};
// Orders that belong together, the parent first; their links' kinds and roles are set.
struct LinkedCommand {
  std::vector<NewOrder> orders;
  LinkedAnswer answer;
};
struct ResolveCommand {
  OrderRef ref;
  ResolveTerms terms;
  OrderAnswer answer;
};
// What becomes of openings.
struct Imported {
  bool duplicate = false;
  uint64_t sequence = 0;  // of the last event; zero: none was made
};
// What accounts bring in, of one import. `check_only`: says whether it could be, and does nothing.
struct ImportCommand {
  std::vector<Opening> openings;
  bool check_only = false;
  std::function<void(const absl::StatusOr<Imported>&)> answer;
};
// What would become of an order; nothing is recorded or reserved.
struct PreviewCommand {
  NewOrder order;
  PreviewAnswer answer;
};
// The market has moved (MarketWatch).
struct MarketCommand {};
struct GateAnswered {
  v1::GateResponse response;
};
struct GateLost {};
struct Executed {
  v1::RouteResponse response;
};
struct RouteLost {};
struct KillCommand {
  v1::KillSwitch kill;
  std::function<void(const absl::StatusOr<v1::KillSwitch>&)> answer;
};
// Reads the ledger between commands; `read` must not keep references.
struct ReadCommand {
  std::function<void(const Ledger&)> read;
};
struct TickCommand {};
// Ends the wait of venue reports for company (EngineOptions::report_wait).
struct SyncCommand {};

using Command = std::variant<SubmitCommand,
                             CancelCommand,
                             ReplaceCommand,
                             CancelAllCommand,
                             LinkedCommand,
                             ResolveCommand,
                             ImportCommand,
                             PreviewCommand,
                             MarketCommand,
                             GateAnswered,
                             GateLost,
                             Executed,
                             RouteLost,
                             KillCommand,
                             ReadCommand,
                             TickCommand,
                             SyncCommand>;

struct EngineOptions {
  size_t in_flight_max = 8192;                      // orders at risk at a time
  size_t busy_at = 256;                             // commands waiting, here or at risk
  size_t joined_max = 64;                           // requests that wait for one order at risk
  size_t released_max = 65'536;                     // releases that wait for risk to come back
  Duration gate_timeout = Duration::Seconds(1);     // for risk's answer
  Duration route_timeout = Duration::Seconds(10);   // venue out of reach this long: no new orders
  Duration uncertain_after = Duration::Seconds(5);  // a venue's answer is due by then
  // Venue reports that come within this time of the last sync wait so long for the next one: with
  // orders coming in, theirs serves both. Zero: they never wait.
  Duration report_wait = Duration::Millis(1);
  // After a rest of so many syncs the next one is done where its batch was (SyncPace).
  double sync_rest = 1;
  // Calls back on another thread after a while; empty: reports never wait.
  std::function<void(Duration, std::function<void()>)> later;
  // A stop that is set off while nothing may go out is tried again after this.
  Duration stop_retry = Duration::Seconds(1);
  // Where a trailing stop stands is written down so often at most.
  Duration stop_move_period = Duration::Seconds(1);
  SequencerOptions queue;
  StoreOptions store;
  // Where finished orders go; empty: they stay in memory.
  std::string archive_folder;
  size_t archive_orders = 8192;                    // changed ones, written together at most
  Duration archive_period = Duration::Seconds(1);  // or after so long
};

class Engine {
 public:
  // `on_published` runs on the owner after events became readable in the store; `on_fatal` when the
  // journal failed: it must end the process.
  Engine(EngineOptions options,
         const Clock& clock,
         OmsMetrics metrics,
         std::function<void()> on_published,
         std::function<void(const absl::Status&)> on_fatal);
  ~Engine();

  // Before Open. Both outlive the engine's last command; null: out of reach.
  void Connect(RiskGate* gate, Execution* execution);
  // Before Open. Without them there are no stop prices, all trade round the clock, and nobody held
  // anything before the first order.
  void SetMarket(MarketWatch* market, Sessions sessions) {
    market_ = market;
    sessions_ = std::move(sessions);
  }
  void SetSelfTrade(const std::string& account, SelfTradePolicy policy) {
    policies_[account] = policy;
  }
  void SetOpening(const std::string& account, const std::string& symbol, Quantity quantity) {
    ledger_.SetOpening(account, symbol, quantity);
  }
  // Recovers from `folder`, opens a new epoch and syncs it. Commands are taken from then on.
  absl::Status Open(const std::string& folder);

  // False: the queue is full, or the engine is not open (then the command's answer does not come).
  bool Post(Command command, Lane lane = Lane::kNormal);
  // While it lives, what is posted to an idle engine becomes one batch: one question to risk, one
  // sync.
  Sequencer<Command>::Gathering Gather() { return Sequencer<Command>::Gathering(*sequencer_); }
  // Finishes what is queued; orders that risk still holds are answered UNAVAILABLE.
  void Close();

  // Any thread.
  bool open() const { return open_.load(); }
  // REQUIRES, here and below: open.
  uint32_t epoch() const { return epoch_; }
  const LedgerStore& store() const { return *store_; }
  size_t in_flight() const { return in_flight_count_.load(); }
  size_t open_orders() const { return open_orders_count_.load(); }
  size_t orders_in_memory() const { return kept_orders_count_.load(); }
  // Null: there is none.
  const Archive* archive() const { return archive_.get(); }
  // Why finished orders stay in memory, where they should not; empty: they do not.
  std::string archive_fault() const { return archive_ ? archive_->fault() : archive_fault_; }
  size_t queued() const { return sequencer_->queued(); }
  // So much waits here that whatever can do so should wait elsewhere.
  bool busy() const { return queued() + in_flight() > options_.busy_at; }
  bool risk_up() const { return risk_up_.load(); }
  bool route_up() const { return route_up_.load(); }
  // The last venue report that is dealt with and on disk: where executions resume.
  uint64_t execution_sequence() const { return execution_sequence_.load(); }

 private:
  // Linked orders that risk has been asked about.
  struct LinkInFlight {
    std::vector<OrderId> ids;
    std::vector<NewOrder> orders;
    std::vector<std::optional<RiskAnswer>> answers;
    std::vector<bool> may_be_reserved;
    std::vector<LinkedAnswer> waiting;
  };
  // An order, or a replace, that risk has been asked about.
  struct InFlight {
    NewOrder order;
    OrderId replaces;                       // set for a replace, and for a stop that was set off
    Price reference;                        // set for a stop that was set off: by this price
    bool goes_out = false;                  // a leg whose turn has come
    std::shared_ptr<LinkInFlight> group{};  // of an order that belongs to others
    size_t member = 0;
    PreviewAnswer preview{};  // set for a preview
    std::vector<OrderAnswer> answers;
    std::vector<CancelCommand> cancels;  // that came meanwhile
    int64_t asked_ns = 0;
    TracePtr trace;
  };

  void Handle(Command&& command);
  void On(SubmitCommand&& c);
  void On(CancelCommand&& c);
  void On(ReplaceCommand&& c);
  void On(CancelAllCommand&& c);
  void On(LinkedCommand&& c);
  void On(ResolveCommand&& c);
  void On(ImportCommand&& c);
  void On(PreviewCommand&& c);
  void On(MarketCommand&& c);
  void On(GateAnswered&& c);
  void On(GateLost&& c);
  void On(Executed&& c);
  void On(RouteLost&& c);
  void On(KillCommand&& c);
  void On(ReadCommand&& c);
  void On(TickCommand&& c);
  void On(SyncCommand&& c);

  absl::Status Recover(const v1::LedgerRecord& record);
  absl::Status OpenArchive(const std::string& folder, StoreReplay& replay);
  void DoWithoutArchive(const absl::Status& why);
  // The archive (engine_archive.cc).
  void Archived(LedgerStore& store);
  void OfferDelta(LedgerStore& store, const journal::Position& position);
  void KeepArchive();
  absl::StatusOr<const Order*> Find(const OrderRef& ref) const;
  // New orders.
  bool AnswerRepeat(const NewOrder& order, OrderAnswer& answer);
  bool JoinInFlight(const NewOrder& order, OrderAnswer& answer);
  bool IsTaken(const std::string& account, const std::string& client_order_id) const;
  absl::Status CanAsk();
  // Works out what the order rests on besides risk; what it finds wanting is the reason of a
  // refusal.
  RiskAnswer Prepare(NewOrder& order) const;
  std::optional<MarketMove> Prices(const std::string& symbol) const;
  // Risk.
  void Ask(uint64_t key, InFlight in_flight, v1::GateOrder gate_order);
  void StampRisk(const v1::GateDecision& decision);
  void Settle(uint64_t key, const RiskAnswer& answer, bool may_be_reserved);
  absl::StatusOr<v1::Order> SettleOrder(OrderId id, InFlight& in_flight, const RiskAnswer& answer);
  absl::StatusOr<v1::Order> SettleReplace(InFlight& in_flight, const RiskAnswer& answer);
  absl::StatusOr<v1::Order> SettleTrigger(InFlight& in_flight, const RiskAnswer& answer);
  void SettlePreview(const InFlight& in_flight, const RiskAnswer& risk);
  // Self-trade prevention.
  SelfTradePolicy PolicyOf(const NewOrder& order) const;
  std::vector<const Order*> OwnAgainst(OrderId id, const NewOrder& order, Price reserve_price);
  SelfTradePlan PlanFor(OrderId id, const NewOrder& order, const RiskAnswer& answer);
  std::optional<RiskAnswer> Prevent(const SelfTradePlan& plan,
                                    OrderId by,
                                    const RiskAnswer& answer);
  static RiskAnswer Refused(const RiskAnswer& answer, const std::string& why);
  enum class Wait : uint8_t { kNone, kForCancels, kInVain };
  Wait WaitOf(const Order& order);
  void SendWaiting();
  Events CancelEvents(OrderId id, const std::string& reason = "", bool yielding = false) const;
  // Linked orders.
  bool AnswerLinkedRepeat(LinkedCommand& c);
  bool JoinLinked(const LinkedCommand& c);
  absl::Status CanLink(const std::vector<NewOrder>& orders);
  v1::LinkedOrders PublicLinked(OrderId link_id) const;
  void NameOrder(OrderId id, NewOrder& order) const;
  void SettleMember(InFlight& in_flight, const RiskAnswer& answer, bool may_be_reserved);
  void SettleLinked(const std::shared_ptr<LinkInFlight>& group);
  std::vector<RiskAnswer> TogetherAnswers(LinkInFlight& group);
  void NoteLink(const Event& event, const Order& order);
  void FollowLinks();
  void RunLink(OrderId link_id);
  void TakeStep(const LinkStep& step);
  bool MayAskAbout(OrderId id);
  void AskResize(const Order& order, Quantity total);
  void AskActivation(const Order& order, Quantity total);
  void ArmLegs(OrderId link_id);
  bool IsArmed(const Order& order) const;
  OrderId SetOff(OrderId link_id) const;
  void RememberSetOff(OrderId link_id);
  absl::StatusOr<Quantity> LegGoesOut(const Order& order, const InFlight& in_flight) const;
  void RetryLinks();
  // Stops.
  void Follow(const Event& event, const Order& order);
  void HoldStop(const Order& order);
  void TakeMoves();
  void AskTrigger(OrderId id, Price reference);
  void RetryTriggers();
  void RecordMoves();
  void RecordMovesNow();
  void Expire();
  void PullBackReduceOnly(const Order& filled);
  RiskAnswer Screen(RiskAnswer answer) const;
  void Refuse(std::vector<uint64_t> keys, std::string_view why, bool was_asked);
  void SendToRisk();
  // The venue.
  bool Take(const v1::Execution& execution);
  void AfterResolution(const Order& order, const ExecutionReport& report, bool booked);
  void MarkUncertain();
  bool AwaitOrder(CancelCommand& c);
  void Route(const Event& event, const Order& order);
  void RouteCancel(const Order& order);
  void RouteReplace(const Order& order);
  void ResendOpenOrders();
  void StampSynced();
  void SendToExecution();

  void Appended(const absl::Status& status);
  void Trace(OrderId id, bool is_first, v1::LedgerEvent& event);
  void Commit(const Events& events);
  void Hold(OrderAnswer answer, absl::StatusOr<v1::Order> order);
  void AnswerHeld();
  void BatchEnd();
  bool MayWait(int64_t now_ns) const;
  void WaitForCompany();

  const EngineOptions options_;
  const Clock& clock_;
  const OmsMetrics metrics_;
  const std::function<void()> on_published_;
  const std::function<void(const absl::Status&)> on_fatal_;
  RiskGate* gate_ = nullptr;
  Execution* execution_ = nullptr;

  // Written to the archive, as far as that has come.
  struct Offered {
    uint64_t number = 0;
    uint64_t last_sequence = 0;
    std::vector<OrderId> orders;
  };
  std::unique_ptr<Archive> archive_;
  std::string archive_fault_;  // it could not be opened
  std::deque<Offered> offered_;
  uint64_t last_offered_ = 0;
  int64_t offered_ns_ = 0;

  Ledger ledger_;
  std::unique_ptr<LedgerStore> store_;
  uint32_t epoch_ = 0;
  uint32_t last_number_ = 0;
  uint64_t last_request_ = 0;
  uint64_t kill_generation_ = 0;
  bool kill_engaged_ = false;
  bool kill_durable_ = true;  // as far as the journal's record of it is concerned
  absl::flat_hash_map<uint64_t, InFlight> in_flight_;  // by gate request
  absl::flat_hash_map<std::pair<std::string, std::string>, uint64_t> in_flight_keys_;
  absl::flat_hash_set<OrderId> in_flight_replaces_;  // orders; one replace at a time each
  uint64_t gate_ledger_sequence_ = 0;                // risk's view, by its last answer

  MarketWatch* market_ = nullptr;
  Sessions sessions_;
  StopBook stops_;
  absl::flat_hash_map<std::string, size_t> held_by_symbol_;
  struct Elected {
    Price reference;
    int64_t asked_ns = 0;
  };
  absl::btree_map<OrderId, Elected> elected_;  // set off, not with the venue yet
  int64_t moves_recorded_ns_ = 0;

  absl::flat_hash_map<std::string, SelfTradePolicy> policies_;
  RestingOrders resting_;
  absl::btree_set<OrderId> waiting_;  // approved, for whose place others must be canceled first

  absl::btree_set<OrderId> links_due_;   // to be looked at before this command ends
  absl::btree_set<OrderId> legs_later_;  // their last step was refused: with a later tick
  bool in_links_ = false;
  int64_t links_retried_ns_ = 0;

  int64_t route_down_since_ns_ = 0;  // 0: it is up
  bool route_caught_up_ = false;
  uint64_t executions_taken_ = 0;  // perhaps not on disk yet
  bool executions_held_ = false;   // the disk is full: they come again later

  // Of the batch under way:
  v1::GateRequest gate_batch_;
  v1::RouteRequest route_batch_;
  size_t batch_events_ = 0;
  v1::LedgerEvent encoded_;   // the one encoded last
  bool batch_dirty_ = false;  // something to sync
  SyncPace sync_pace_{options_.sync_rest};
  bool sync_armed_ = false;                  // a SyncCommand is on its way
  bool sync_due_ = false;                    // it is here
  bool failed_ = false;                      // on_fatal was told; nothing leaves any more
  std::vector<std::function<void()>> held_;  // answers
  std::vector<OrderId> traced_;              // orders with events in it, for their log lines
  std::vector<TracePtr> traces_;             // the stamps of its orders
  const v1::OrderTrace* tracing_ = nullptr;  // of the order or execution whose events are committed

  std::atomic<bool> open_{false};
  std::atomic<bool> risk_up_{false};
  std::atomic<bool> route_up_{false};
  std::atomic<uint64_t> execution_sequence_{0};
  std::atomic<size_t> in_flight_count_{0};
  std::atomic<size_t> open_orders_count_{0};
  std::atomic<size_t> kept_orders_count_{0};
  std::unique_ptr<Sequencer<Command>> sequencer_;
};

}  // namespace tw::oms
