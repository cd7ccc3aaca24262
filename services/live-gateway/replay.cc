#include "services/live-gateway/replay.h"

#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/log/scope.h"
#include "services/live-gateway/replay_rows.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kEventsPerWait = 1024;
constexpr size_t kRowsPerWait = kEventsPerWait;
// The paper market answers a row with up to three events of its own, more where orders of ours
// trade.
constexpr size_t kDrivenRowsPerWait = 128;
constexpr Duration kWaitSlice = Duration::Millis(200);  // between looks at whether to go on

// What of an event moves a market.
void AddDriven(const v1::FeedEvent& event, std::vector<DrivenRow>& rows) {
  DrivenRow row;
  row.symbol = event.symbol();
  if (event.has_trade()) {
    row.is_trade = true;
    row.price = Price::FromE8(event.trade().price_e8());
    row.quantity = Quantity::FromE8(event.trade().quantity_e8());
  } else if (event.has_quote()) {
    const v1::QuoteTick& quote = event.quote();
    row.bid = {Price::FromE8(quote.bid_e8()), Quantity::FromE8(quote.bid_size_e8())};
    row.ask = {Price::FromE8(quote.ask_e8()), Quantity::FromE8(quote.ask_size_e8())};
  } else {
    return;
  }
  rows.push_back(std::move(row));
}

// In rows: one with a deep book weighs as much as many trades.
size_t WeightOf(const v1::ReplayRequest& request) {
  constexpr size_t kBytesPerRow = 100;
  return static_cast<size_t>(request.rows_size()) + request.ByteSizeLong() / kBytesPerRow;
}

}  // namespace

// One replay: requests come in from gRPC's threads, the player takes them out.
class Replays::Session {
 public:
  explicit Session(Stream stream) : stream_(std::move(stream)) {}

  // Reading pauses when enough rows wait.
  void Add(const v1::ReplayRequest& request) {
    const std::lock_guard lock(mutex_);
    rows_waiting_ += WeightOf(request);
    requests_.push_back(request);
    arrived_.notify_one();
    if (rows_waiting_ > kRowsWaitingMax && !paused_) {
      paused_ = true;
      stream_.PauseReads();
    }
  }
  // Stops the player.
  void End() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    arrived_.notify_one();
  }
  // The stream has room again.
  void Wake() {
    const std::lock_guard lock(mutex_);
    writable_ = true;
    arrived_.notify_one();
  }
  // Nothing more comes: the player stops when it has played what is here.
  void EndAfterRest() {
    const std::lock_guard lock(mutex_);
    no_more_ = true;
    arrived_.notify_one();
  }
  bool over() const {
    const std::lock_guard lock(mutex_);
    return over_;
  }
  // The next request; nullopt when the session is over.
  std::optional<v1::ReplayRequest> Next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return over_ || no_more_ || !requests_.empty(); });
    if (over_ || requests_.empty()) {
      return std::nullopt;
    }
    v1::ReplayRequest request = std::move(requests_.front());
    requests_.pop_front();
    rows_waiting_ -= WeightOf(request);
    if (paused_ && rows_waiting_ <= kRowsWaitingMax / 2) {
      paused_ = false;
      stream_.ResumeReads();
    }
    return request;
  }

  // Plays until the end, a fault or a lost stream; what the stream is to be finished with.
  absl::Status Play(const Replays& to);
  const Stream& stream() const { return stream_; }

 private:
  absl::Status Begin(const v1::ReplayRequest& request);
  absl::Status Publish(const v1::ReplayRequest& request, const Replays& to);
  absl::Status DriveMarket(const Replays& to, std::vector<DrivenRow>& rows);
  absl::Status WaitForRoom(const Replays& to) const;
  void Answer(const v1::ReplayProgress& progress);

  const Stream stream_;
  ReplayRows rows_;  // of the player, with the two below
  bool drives_ = false;
  bool is_driving_ = false;  // the venue was given rows
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<v1::ReplayRequest> requests_;
  size_t rows_waiting_ = 0;
  bool paused_ = false;
  bool writable_ = false;
  bool over_ = false;
  bool no_more_ = false;
};

absl::Status Replays::Session::WaitForRoom(const Replays& to) const {
  const int64_t until = MonotonicNanos() + to.options_.patience.ns;
  while (!to.feed_.WaitForRoom(kEventsPerWait, kWaitSlice)) {
    if (over()) {
      return absl::CancelledError("the replay was ended");
    }
    if (MonotonicNanos() > until) {
      return absl::DeadlineExceededError("a lossless reader of the market feed has not moved for " +
                                         std::to_string(to.options_.patience.millis()) + " ms");
    }
  }
  return absl::OkStatus();
}

// Waits for a client that does not read its answers, unless it is gone.
void Replays::Session::Answer(const v1::ReplayProgress& progress) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      writable_ = false;
    }
    if (stream_.Write(progress)) {
      return;
    }
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return over_ || writable_; });
    if (over_) {
      return;
    }
  }
}

absl::Status Replays::Session::Begin(const v1::ReplayRequest& request) {
  if (request.has_start() == rows_.begun()) {
    return absl::InvalidArgumentError(rows_.begun() ? "start: the replay has begun already"
                                                    : "start: the first request must have it");
  }
  if (request.has_start()) {
    drives_ = request.start().drive();
    return rows_.Begin(request.start());
  }
  return absl::OkStatus();
}

absl::Status Replays::Session::Publish(const v1::ReplayRequest& request, const Replays& to) {
  TW_RETURN_IF_ERROR(Begin(request));
  TW_RETURN_IF_ERROR(rows_.Check(request));
  const size_t per_wait = drives_ ? kDrivenRowsPerWait : kRowsPerWait;
  size_t in_slice = per_wait;
  std::vector<DrivenRow> driven;
  for (const v1::RecordedRow& row : request.rows()) {
    if (in_slice == per_wait) {
      TW_RETURN_IF_ERROR(DriveMarket(to, driven));
      to.feed_.Flush();
      TW_RETURN_IF_ERROR(WaitForRoom(to));
      in_slice = 0;
    }
    v1::FeedEvent event = rows_.Event(row, to.clock_.Now());
    if (drives_) {
      AddDriven(event, driven);
    }
    to.feed_.Publish(std::move(event));
    ++in_slice;
  }
  TW_RETURN_IF_ERROR(DriveMarket(to, driven));
  if (request.end()) {
    for (v1::FeedEvent& event : rows_.End(to.clock_.Now())) {
      to.feed_.Publish(std::move(event));
    }
  }
  to.feed_.Flush();
  to.on_rows_(static_cast<size_t>(request.rows_size()));
  return absl::OkStatus();
}

absl::Status Replays::Session::DriveMarket(const Replays& to, std::vector<DrivenRow>& rows) {
  if (rows.empty()) {
    return absl::OkStatus();
  }
  is_driving_ = true;
  std::vector<DrivenRow> taken;
  taken.swap(rows);
  return to.drive_(std::move(taken));
}

absl::Status Replays::Session::Play(const Replays& to) {
  absl::Status status;
  bool done = false;
  while (status.ok() && !done) {
    const std::optional<v1::ReplayRequest> request = Next();
    if (!request) {
      status = over() ? absl::CancelledError("the replay was ended")
                      : absl::InvalidArgumentError("end: the stream was closed before it");
      break;
    }
    status = Publish(*request, to);
    if (status.ok()) {
      done = request->end();
      Answer(rows_.Progress(done));
    }
  }
  if (is_driving_) {
    to.drive_({}).IgnoreError();  // only a venue that is closing refuses it
  }
  if (!done) {
    for (v1::FeedEvent& event : rows_.BrokenOff(to.clock_.Now())) {
      to.feed_.Publish(std::move(event));
    }
    to.feed_.Flush();
  }
  const v1::ReplayProgress progress = rows_.Progress(done);
  log::Info("replay_over", {{"venue", rows_.venue()},
                            {"trades", progress.trades()},
                            {"quotes", progress.quotes()},
                            {"outcome", status.ok() ? "done" : std::string(status.message())}});
  return status;
}

Replays::Replays(ReplayOptions options,
                 feed::MarketServer& feed,
                 const Clock& clock,
                 std::function<void(size_t)> on_rows,
                 Drive drive)
    : options_(options),
      feed_(feed),
      clock_(clock),
      on_rows_(std::move(on_rows)),
      drive_(std::move(drive)) {
  thread_ = std::thread(log::ForThisService([this] { Run(); }));
}

Replays::~Replays() {
  Stop();
}

void Replays::Serve(const Stream& stream) {
  if (feed_.readers() == 0) {
    stream.Finish(absl::UnavailableError(
        "nobody reads the market feed, so the rows would be lost: is normalizer running?"));
    return;
  }
  auto session = std::make_shared<Session>(stream);
  {
    const std::lock_guard lock(mutex_);
    if (session_ != nullptr || stopped_) {
      stream.Finish(absl::ResourceExhaustedError("another replay is running"));
      return;
    }
    session_ = session;
    work_.notify_one();
  }
  stream.OnMessage([session](const v1::ReplayRequest& request) { session->Add(request); });
  stream.OnWritable([session] { session->Wake(); });
  stream.OnHalfClose([session] { session->EndAfterRest(); });
  stream.OnClosed([session](const absl::Status&) { session->End(); });
}

std::shared_ptr<Replays::Session> Replays::NextSession() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return stopped_ || session_ != nullptr; });
  return stopped_ ? nullptr : session_;
}

void Replays::Run() {
  while (const std::shared_ptr<Session> session = NextSession()) {
    const absl::Status status = session->Play(*this);
    {
      const std::lock_guard lock(mutex_);
      session_.reset();
    }
    // Last: whoever hears of the end may begin the next one.
    session->stream().Finish(status);
  }
}

void Replays::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (session_ != nullptr) {
      session_->End();
    }
    work_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

}  // namespace tw::live_gateway
