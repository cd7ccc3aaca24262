#include "services/oms/session.h"

#include "libs/base/clock.h"
#include "libs/base/field_error.h"
#include "libs/log/log.h"

namespace tw::oms {

void Session::Serve(const TradeStream& stream, Requests& requests, Subscribe subscribe) {
  auto session = std::make_shared<Session>(stream, requests, std::move(subscribe));
  stream.OnMessage([session](const v1::TradeSessionRequest& request) {
    {
      const std::lock_guard lock(session->mutex_);
      session->corked_ = true;
      if (!request.cancel_on_disconnect().empty()) {
        session->cancel_on_disconnect_ =
            request.cancel_on_disconnect() == "-" ? "" : request.cancel_on_disconnect();
      }
    }
    {
      const auto gathering = session->requests_.Gather();
      for (const v1::TradeCommand& command : request.commands()) {
        session->OnCommand(command);
      }
      // What gathered is worked on as this ends, and its answers go first, before execution and the
      // ledger's readers are told.
      const std::lock_guard lock(session->mutex_);
      session->corked_ = false;
    }
    session->Flush();
  });
  stream.OnHalfClose([session] {
    {
      const std::lock_guard lock(session->mutex_);
      session->half_closed_ = true;
    }
    session->FinishWhenAnswered();
  });
  stream.OnWritable([session] { session->OnWritable(); });
  stream.OnClosed([session](const absl::Status&) { session->OnClosed(); });
}

void Session::OnClosed() {
  Replace({});
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  CancelOrders();
}

// Orders that risk has not answered yet are no open orders: for those it is done once more when the
// last command is answered.
void Session::CancelOrders() {
  v1::CancelAllOrdersRequest request;
  {
    const std::lock_guard lock(mutex_);
    request.set_account(cancel_on_disconnect_);
  }
  if (request.account().empty()) {
    return;
  }
  requests_.CancelAll(request, [account = request.account()](
                                   const absl::StatusOr<v1::CancelAllOrdersResponse>& answer) {
    if (!answer.ok()) {
      log::Error("cancel_on_disconnect_failed",
                 {{"account", account}, {"error", std::string(answer.status().message())}});
    } else if (answer->order_ids_size() > 0) {
      log::Info("canceled_on_disconnect",
                {{"account", account}, {"orders", answer->order_ids_size()}});
    }
  });
}

void Session::OnWritable() {
  std::function<void()> resume;
  {
    const std::lock_guard lock(mutex_);
    has_room_ = true;
    resume = subscription_.resume;
  }
  Flush();
  if (resume) {
    resume();
  }
}

void Session::Replace(Subscription subscription) {
  {
    const std::lock_guard lock(mutex_);
    std::swap(subscription_, subscription);
  }
  if (subscription.end) {
    subscription.end();
  }
}

// Every command is answered before the stream ends for a client that has half-closed.
void Session::FinishWhenAnswered() {
  {
    const std::lock_guard lock(mutex_);
    if (!half_closed_ || owed_ > 0 || flushing_ || waiting_.answers_size() > 0) {
      return;
    }
  }
  stream_.Finish();
}

Done<v1::Order> Session::AnswerTo(uint64_t request_id, TracePtr trace) {
  {
    const std::lock_guard lock(mutex_);
    ++owed_;
  }
  return [session = shared_from_this(), request_id,
          trace = std::move(trace)](absl::StatusOr<v1::Order> result) {
    v1::TradeAnswer answer;
    answer.set_request_id(request_id);
    if (trace != nullptr) {
      *answer.mutable_trace() = *trace;
    }
    if (result.ok()) {
      *answer.mutable_order() = *std::move(result);
    } else {
      answer.mutable_error()->set_code(absl::StatusCodeToString(result.status().code()));
      answer.mutable_error()->set_message(std::string(result.status().message()));
      answer.mutable_error()->set_field(FieldOf(result.status()));
    }
    session->Answer(std::move(answer));
  };
}

void Session::OnCommand(const v1::TradeCommand& command) {
  if (command.has_subscribe()) {
    Replace({});  // a second one takes the place of the first
    Replace(subscribe_(command.subscribe(), stream_));
    return;
  }
  TracePtr trace;
  if (command.has_trace()) {
    trace = std::make_shared<v1::OrderTrace>(command.trace());
    trace->set_oms_in_ns(SystemClock().Now().ns);
  }
  Done<v1::Order> done = AnswerTo(command.request_id(), trace);
  switch (command.command_case()) {
    case v1::TradeCommand::kSubmit:
      rpc::WithTraceparent(command.submit(), traceparent_, [&](const auto& traced) {
        requests_.Submit(traced, std::move(done), std::move(trace));
      });
      break;
    case v1::TradeCommand::kCancel: requests_.Cancel(command.cancel(), std::move(done)); break;
    case v1::TradeCommand::kReplace: requests_.Replace(command.replace(), std::move(done)); break;
    case v1::TradeCommand::kSubscribe:
    case v1::TradeCommand::COMMAND_NOT_SET:
      done(FieldError("command", "is required: submit, cancel or replace"));
      break;
  }
}

void Session::Answer(v1::TradeAnswer answer) {
  bool full = false;
  bool last_of_closed = false;
  {
    const std::lock_guard lock(mutex_);
    --owed_;
    last_of_closed = closed_ && owed_ == 0;
    full = waiting_.answers_size() >= kAnswersMax;
    if (!full) {
      if (answer.has_trace()) {
        waiting_.set_traced(true);
      }
      *waiting_.add_answers() = std::move(answer);
    }
  }
  if (last_of_closed) {
    CancelOrders();
    return;
  }
  if (full) {
    stream_.Finish(absl::ResourceExhaustedError("answers are not being read"));
    return;
  }
  if (!AnswerBatch::Join(shared_from_this())) {
    Flush();
  }
}

// Sends what waits unless an earlier message is still going out; then OnWritable or the next answer
// comes back here.
void Session::Flush() {
  while (true) {
    v1::TradeSessionResponse message;
    {
      const std::lock_guard lock(mutex_);
      if (flushing_ || corked_ || waiting_.answers_size() == 0) {
        break;
      }
      flushing_ = true;
      has_room_ = false;
      message.Swap(&waiting_);
    }
    const bool sent = stream_.Write(message);
    const std::lock_guard lock(mutex_);
    flushing_ = false;
    if (!sent) {
      message.MergeFrom(waiting_);
      waiting_.Swap(&message);
      if (!has_room_) {
        return;  // OnWritable comes back here; it may have been here while this was going on
      }
    }
  }
  FinishWhenAnswered();
}

}  // namespace tw::oms
