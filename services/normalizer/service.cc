#include "services/normalizer/service.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/calendar/make_calendar.h"
#include "libs/config/calendars.h"
#include "libs/log/log.h"
#include "libs/stream/pace.h"

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

constexpr Duration kTick = Duration::Millis(100);
constexpr Duration kSavePeriod = Duration::Seconds(1);
constexpr Duration kHealPeriod = Duration::Seconds(5);  // between two asks
constexpr Duration kImpatience = Duration::Seconds(30);
constexpr uint64_t kRecordedPerWait = 64;  // events
constexpr size_t kLogPartPerWait = 8;      // of the log: room that is waited for

}  // namespace

void NormalizerService::Configure(config::Settings& settings) {
  instruments_path_ = settings.instruments();
  options_.depth =
      static_cast<size_t>(settings.Int("book-depth", 100, 1, 100, "levels a side of a book"));
  options_.book_period =
      settings.Ms("book-period-ms", 200, 10, 60'000, "between two books of a symbol");
  options_.bar_period =
      settings.Ms("bar-period-ms", 500, 10, 60'000, "between two updates of an open bar");
  options_.statistics_period = settings.Ms("statistics-period-ms", 500, 10, 60'000,
                                           "between two day statistics of a symbol");
  options_.consolidated_period = settings.Ms("consolidated-period-ms", 100, 10, 60'000,
                                             "between two consolidated quotes of a symbol");
  const std::string intervals = settings.String("bar-intervals", "1s,1m,5m,15m,1h,1d",
                                                "bars that are made, each of 1s to 1d");
  if (absl::StatusOr<Intervals> parsed = Intervals::Parse(intervals); parsed.ok()) {
    options_.intervals = std::make_shared<const Intervals>(*std::move(parsed));
  } else {
    settings.Fault("bar-intervals", std::string(parsed.status().message()));
  }
  const std::vector<std::string> continuous =
      settings.Strings("continuous-venues", {"PAPER"},
                       "venues that trade round the clock, whatever an instrument's calendar says");
  options_.continuous_venues = {continuous.begin(), continuous.end()};
  options_.book_silence_max =
      settings.Ms("book-silence-ms", 5'000, 100, 3'600'000, "a book without news goes stale");
  options_.live_lateness =
      settings.Ms("live-lateness-ms", 2'000, 0, 3'600'000, "how late a live trade may come");
  options_.recorded_lateness = settings.Ms("recorded-lateness-ms", 60'000, 0, 86'400'000,
                                           "how far back a recorded trade may lie");
  options_.bars_max =
      static_cast<size_t>(settings.Int("bars-max", 1'000, 1, 100'000, "bars kept per series"));
  options_.bar_markets_max = static_cast<size_t>(
      settings.Int("bar-markets-max", 256, 1, 10'000, "markets whose bars are kept"));
  log_max_ = static_cast<size_t>(
      settings.Int("log-max", 65'536, 1'024, 10'000'000, "events kept for readers that resume"));
  patience_ = settings.Ms("replay-patience-ms", 5'000, 0, 60'000,
                          "how long recorded events wait for a slow reader");
}

absl::Status NormalizerService::Prepare(app::Context& context) {
  context_ = &context;
  position_path_ = context.data_dir + "/position";
  live_gateway_ = context.Peer("live-gateway");
  TW_RETURN_IF_ERROR(ReadCalendars());
  state_ = std::make_unique<NormalizerState>(options_);
  metrics_ = std::make_unique<NormalizerMetrics>(context.registry);
  lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  server_ = std::make_unique<feed::MarketServer>(static_cast<uint64_t>(context.clock.Now().ns),
                                                 log_max_, [this] {
                                                   const std::lock_guard lock(mutex_);
                                                   return state_->Snapshot();
                                                 });
  rpc::Service service("tradewind.v1.MarketFeedService");
  server_->Register(service);
  context.grpc.Add(service);
  context.ops.SetNotReady("connecting to live-gateway");
  RegisterHttp();
  RegisterChecks();
  return absl::OkStatus();
}

absl::Status NormalizerService::ReadCalendars() {
  TW_ASSIGN_OR_RETURN(const config::Calendars calendars, config::LoadCalendars(instruments_path_));
  std::map<std::string, std::shared_ptr<const calendar::Calendar>> by_name;
  for (const calendar::CalendarSpec& spec : calendars.list) {
    TW_ASSIGN_OR_RETURN(by_name[spec.name], calendar::MakeCalendar(spec));
  }
  for (const auto& [symbol, name] : calendars.of_symbol) {
    options_.calendars[symbol] = by_name.at(name);
  }
  return absl::OkStatus();
}

absl::Status NormalizerService::Start(app::Context& context) {
  absl::StatusOr<Position> position = ReadPosition(position_path_);
  if (!position.ok()) {
    log::Warn("position_unreadable", {{"error", std::string(position.status().message())}});
    position = Position();
  }
  state_->Restore(position->numbers, position->replaying);
  MakeFeed(*position);
  feed_->Start();
  tick_ = context.timers.Every(kTick, [this] { OnTick(); });
  save_ = context.timers.Every(kSavePeriod, [this] { SavePosition(); });
  return absl::OkStatus();
}

void NormalizerService::Stop() {
  context_->timers.Cancel(tick_);
  context_->timers.Cancel(save_);
  healer_.reset();
  if (feed_ != nullptr) {
    feed_->Stop();
  }
  server_->Stop();
}

void NormalizerService::MakeFeed(const Position& position) {
  feed::MarketOptions options;
  options.peer = live_gateway_;
  options.consumer = context_->name;
  options.pace = stream::kDecisionPace;
  options.lossless = true;
  options.epoch = position.epoch;
  options.from = position.epoch == 0 ? 0 : position.sequence + 1;
  options.on_event = [this](const v1::FeedEvent& event) { OnEvent(event); };
  options.on_batch = [this](const v1::FeedBatch&) { OnBatch(); };
  options.on_gap = [this](uint64_t epoch, uint64_t from, uint64_t to) {
    log::Warn("feed_gap", {{"epoch", epoch}, {"from", from}, {"to", to}});
    events_.clear();
    const std::lock_guard lock(mutex_);
    state_->OnFeedGap(to == 0, context_->clock.Now(), events_);
    Publish(events_);
  };
  options.on_lost = [this](const absl::Status& status) {
    lag_->OnLost(context_->clock.Now(), status);
  };
  feed_ = std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

void NormalizerService::OnEvent(const v1::FeedEvent& event) {
  events_.clear();
  {
    const std::lock_guard lock(mutex_);
    state_->OnEvent(event, context_->clock.Now(), events_);
    if (!event.recorded()) {
      Publish(events_);
      return;
    }
  }
  PublishRecorded(events_);
}

void NormalizerService::Publish(Events& events) {
  for (v1::FeedEvent& event : events) {
    server_->Publish(std::move(event));
  }
}

// Recorded events leave room in the log for the live ones, which do not wait. One reader that has
// stopped reading must not stop the live markets behind the replay for good: after a wait in vain,
// nobody is waited for during half a minute, and the reader sees the gap.
void NormalizerService::PublishRecorded(Events& events) {
  for (v1::FeedEvent& event : events) {
    if (++recorded_ % kRecordedPerWait == 0) {
      WaitForReaders();
    }
    server_->Publish(std::move(event));
  }
}

void NormalizerService::WaitForReaders() {
  server_->Flush();
  const Timestamp now = context_->clock.Now();
  if (now < impatient_until_ || server_->WaitForRoom(log_max_ / kLogPartPerWait, patience_)) {
    return;
  }
  impatient_until_ = now + patience_ + kImpatience;
  metrics_->WaitGivenUp();
  log::Error("replay_reader_too_slow", {{"waited_ms", patience_.millis()}});
}

void NormalizerService::OnBatch() {
  server_->Flush();
  const Timestamp now = context_->clock.Now();
  lag_->OnBatch(now, feed_->sequence() >= feed_->head());
  context_->ops.SetReady();
  const std::lock_guard lock(mutex_);
  reached_.epoch = feed_->epoch();
  reached_.sequence = feed_->sequence();
}

void NormalizerService::OnTick() {
  const Timestamp now = context_->clock.Now();
  Events events;
  bool heal = false;
  {
    const std::lock_guard lock(mutex_);
    state_->OnTime(now, events);
    Publish(events);
    heal = state_->NeedsSnapshot(now);
  }
  if (!events.empty()) {
    server_->Flush();
  }
  if (healer_ != nullptr && now - healer_since_ >= kHealPeriod) {
    healer_.reset();
  }
  if (heal && healer_ == nullptr && feed_->connected()) {
    Heal(now);
  }
}

// A reader of its own, whose snapshot heals what the feed alone would leave stale. Its further
// events are not looked at; it is gone after kHealPeriod.
void NormalizerService::Heal(Timestamp now) {
  metrics_->SnapshotAsked();
  log::Limited(log::Level::kWarn, "asking_for_snapshot");
  healer_since_ = now;
  feed::MarketOptions options;
  options.peer = live_gateway_;
  options.consumer = context_->name + "-healer";
  options.on_event = [this](const v1::FeedEvent& event) {
    if (!event.snapshot()) {
      return;
    }
    Events events;
    {
      const std::lock_guard lock(mutex_);
      state_->OnHealingSnapshot(event, context_->clock.Now(), events);
      Publish(events);
    }
    server_->Flush();
  };
  healer_ = std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
  healer_->Start();
}

// What was published in the last moments may not have reached its readers when this process dies;
// so the position that is kept is at least a second old, and what follows it is published again.
void NormalizerService::SavePosition() {
  Position position;
  {
    const std::lock_guard lock(mutex_);
    position = std::exchange(earlier_, reached_);
    earlier_.numbers = state_->numbers();
    earlier_.replaying = state_->replaying();
  }
  if (position.epoch == 0 || position == saved_) {
    return;
  }
  const absl::Status written = WritePosition(position_path_, position);
  if (written.ok()) {
    saved_ = std::move(position);
  } else {
    log::Limited(log::Level::kError, "position_not_written",
                 {{"error", std::string(written.message())}}, Duration::Seconds(60));
  }
}

}  // namespace tw::normalizer
