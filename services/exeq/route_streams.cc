#include "services/exeq/route_streams.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "libs/base/field_error.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"

namespace tw::exeq {
namespace {

void TraceExecution(std::string_view stage, const v1::Execution& execution) {
  const OrderId id = OrderId::FromValue(execution.order_id());
  if (trace::MayKnow(id)) {
    trace::Note({"exeq", stage}, id,
                {{"execution_sequence", execution.execution_sequence()},
                 {"kind", v1::ExecutionKind_Name(execution.kind()).substr(15)}});
  }
}

}  // namespace

struct RouteStreams::Session {
  explicit Session(Up stream) : up(std::move(stream)) {}

  // Ends the stream to live-gateway now, or as soon as it is there.
  void CloseDown() {
    Down open;
    {
      const std::lock_guard lock(mutex);
      over = true;
      open = down;
    }
    if (open) {
      open.Cancel();
    }
  }
  bool IsOver() {
    const std::lock_guard lock(mutex);
    return over;
  }

  const Up up;
  bool resumed = false;     // up's callbacks only
  bool told_state = false;  // the desk's owner only
  bool broken = false;      // the same: a report could not be kept, none may follow it

  std::mutex mutex;
  Down down;
  bool over = false;
};

RouteStreams::RouteStreams(std::shared_ptr<rpc::Channel> live_gateway,
                           const Clock& clock,
                           ExeqMetrics metrics,
                           std::unique_ptr<RouteDesk> desk)
    : live_gateway_(std::move(live_gateway)),
      clock_(clock),
      metrics_(std::move(metrics)),
      desk_(std::move(desk)) {
  sequencer_ = std::make_unique<Sequencer<Input>>(
      SequencerOptions::ForReaders(), [this](Input&& input) { Handle(std::move(input)); },
      [this] { BatchEnd(); },
      [this] {
        AddRequests();
        return desk_->dirty();
      });
}

RouteStreams::~RouteStreams() {
  Stop();
}

absl::Status RouteStreams::Open() {
  return desk_->Open();
}

void RouteStreams::Stop() {
  std::unique_lock lock(sessions_mutex_);
  stopped_ = true;
  const std::vector<SessionPtr> open(sessions_.begin(), sessions_.end());
  lock.unlock();
  for (const SessionPtr& session : open) {
    session->CloseDown();
  }
  lock.lock();
  closed_.wait(lock, [this] { return sessions_.empty(); });
  lock.unlock();
  sequencer_->Close();
  desk_->Close();
}

// --- Streams ------------------------------------------------------------------------------------

void RouteStreams::Serve(const Up& up) {
  auto session = std::make_shared<Session>(up);
  up.OnMessage([this, session](const v1::RouteRequest& request) { OnRequest(session, request); });
  up.OnClosed([session](const absl::Status&) { session->CloseDown(); });
}

void RouteStreams::Post(const SessionPtr& session, Input input, Lane lane) {
  if (!sequencer_->Post(std::move(input), lane)) {
    session->up.Finish(absl::ResourceExhaustedError("too many messages wait"));
    session->CloseDown();
  }
}

void RouteStreams::OnRequest(const SessionPtr& session, const v1::RouteRequest& request) {
  if (request.has_resume() == session->resumed) {
    session->up.Finish(absl::InvalidArgumentError(
        session->resumed ? "resume: this stream has been resumed already"
                         : "resume: the first message must say where to resume"));
    return;
  }
  const auto empty = [](const v1::RouteCommand& command) {
    return command.command_case() == v1::RouteCommand::COMMAND_NOT_SET;
  };
  if (request.has_resume()) {
    session->resumed = true;
    Resume(session, request.resume().after_execution_sequence());
  }
  if (std::any_of(request.commands().begin(), request.commands().end(), empty)) {
    session->up.Finish(FieldError("commands", "a command is empty"));
    return;
  }
  if (!request.commands().empty()) {
    Post(session, CommandsInput{session, request}, Lane::kNormal);
  }
}

void RouteStreams::Resume(const SessionPtr& session, uint64_t after) {
  {
    const std::lock_guard lock(sessions_mutex_);
    if (stopped_) {
      session->up.Finish(absl::UnavailableError("stopping"));
      return;
    }
    sessions_.insert(session);
  }
  const Down opened = live_gateway_->Open<v1::VenueRequest, v1::VenueResponse>(
      "tradewind.v1.VenueService/Trade", [&](const Down& down) {
        down.OnMessage([this, session, down](const v1::VenueResponse& response) {
          Post(session, ReportsInput{session, down, response}, Lane::kPriority);
        });
        down.OnClosed(
            [this, session](const absl::Status& status) { OnDownClosed(session, status); });
        v1::VenueRequest hello;
        hello.mutable_resume()->set_after_execution_sequence(after);
        down.Write(hello);
      });
  bool over = false;
  {
    const std::lock_guard lock(session->mutex);
    over = session->over;
    if (!over) {
      session->down = opened;
    }
  }
  if (over) {
    opened.Cancel();
  }
}

void RouteStreams::OnDownClosed(const SessionPtr& session, const absl::Status& status) {
  metrics_.StreamLost();
  log::Limited(log::Level::kWarn, "venue_stream_lost", {{"error", std::string(status.message())}});
  {
    const std::lock_guard lock(session->mutex);
    session->over = true;
    session->down.Reset();
  }
  session->up.Finish(
      absl::UnavailableError("live-gateway is lost: " + std::string(status.message())));
  const std::lock_guard lock(sessions_mutex_);
  sessions_.erase(session);
  closed_.notify_all();
}

void RouteStreams::Tick() {
  if (desk_->open_routed() > 0 && !tick_waits_.exchange(true) &&
      !sequencer_->Post(TickInput{}, Lane::kPriority)) {
    tick_waits_ = false;
  }
}

// --- The owner ----------------------------------------------------------------------------------

void RouteStreams::Handle(Input&& input) {
  std::visit([this](auto&& i) { On(std::forward<decltype(i)>(i)); }, std::move(input));
}

v1::VenueRequest& RouteStreams::DownOf(const SessionPtr& session) {
  for (auto& [known, message] : downs_) {
    if (known == session) {
      return message;
    }
  }
  return downs_.emplace_back(session, v1::VenueRequest()).second;
}

void RouteStreams::On(CommandsInput&& input) {
  v1::VenueRequest& out = DownOf(input.session);
  for (const v1::RouteCommand& command : input.request.commands()) {
    desk_->Take(command, out);
  }
}

void RouteStreams::On(ReportsInput&& input) {
  if (input.session->broken) {
    return;
  }
  Answer answer{input.session, input.down, {}};
  v1::RouteResponse& out = answer.message;
  for (v1::Execution& execution : *input.response.mutable_executions()) {
    if (const absl::Status kept = desk_->Take(execution); !kept.ok()) {
      input.session->broken = true;
      input.session->up.Finish(absl::ResourceExhaustedError("an execution cannot be kept: " +
                                                            std::string(kept.message())));
      input.down.Cancel();
      return;
    }
    TraceExecution("execution_passed", execution);
    v1::Execution& added = *out.add_executions();
    added = std::move(execution);
    if (added.has_trace()) {
      added.mutable_trace()->set_exeq_out_ns(clock_.Now().ns);
    }
  }
  out.set_caught_up(input.response.caught_up());
  if (!input.session->told_state) {
    input.session->told_state = true;
    out.set_venue_state(true);
    out.set_venue_connected(true);
  }
  if (out.caught_up()) {
    current_ = input.session;
    desk_->ForgetSent();
  }
  metrics_.Passed(static_cast<size_t>(out.executions_size()));
  ups_.push_back(std::move(answer));
}

void RouteStreams::On(TickInput&&) {
  tick_waits_ = false;
  const SessionPtr current = current_.lock();
  if (current != nullptr && !current->IsOver()) {
    desk_->Tick();  // without a way to the venues nobody can answer
  }
}

void RouteStreams::Send(const SessionPtr& session, const v1::VenueRequest& out) {
  Down down;
  {
    const std::lock_guard lock(session->mutex);
    down = session->down;
  }
  if (!down || !down.Write(out)) {
    session->up.Finish(absl::UnavailableError("live-gateway takes no commands now"));
    session->CloseDown();
  }
}

void RouteStreams::AddRequests() {
  const SessionPtr current = current_.lock();
  if (current != nullptr && !current->IsOver()) {
    desk_->AddRequests(DownOf(current));
  }
}

void RouteStreams::BatchEnd() {
  AddRequests();
  std::vector<Answer> ups;
  ups.swap(ups_);
  std::vector<std::pair<SessionPtr, v1::VenueRequest>> downs;
  downs.swap(downs_);
  if (!desk_->Sync()) {
    return;
  }
  for (const Answer& answer : ups) {
    if (!answer.session->up.Write(answer.message)) {
      // Executions must not be skipped: the next resume brings them again.
      answer.session->broken = true;
      answer.session->up.Finish(absl::ResourceExhaustedError("executions are read too slowly"));
      answer.down.Cancel();
    }
  }
  for (const auto& [session, message] : downs) {
    if (message.commands_size() > 0) {
      Send(session, message);
    }
  }
}

size_t RouteStreams::streams() const {
  const std::lock_guard lock(sessions_mutex_);
  return sessions_.size();
}

v1::ListVenuesResponse RouteStreams::ListVenues(const VenueWatch& venues) const {
  v1::ListVenuesResponse response = venues.List();
  for (v1::Venue& venue : *response.mutable_venues()) {
    venue.set_failures(desk_->failures(venue.name()));
  }
  return response;
}

}  // namespace tw::exeq
