// Session: one TradeSession stream. Commands in, answers out. Answers that are ready together leave
// together: those of one batch, and while a message is on its way out, the next one fills up.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "libs/rpc/call.h"
#include "libs/rpc/traced.h"
#include "services/oms/answer_batch.h"
#include "services/oms/requests.h"
#include "tradewind/v1/order.pb.h"

namespace tw::oms {

using TradeStream = rpc::Stream<v1::TradeSessionResponse, v1::TradeSessionRequest>;

// Numbered events on a session.
struct Subscription {
  std::function<void()> end;     // once it returns nothing more is sent
  std::function<void()> resume;  // the stream has room again
};
using Subscribe =
    std::function<Subscription(const v1::StreamOrderEventsRequest&, const TradeStream&)>;

class Session : public AnswerSender, public std::enable_shared_from_this<Session> {
 public:
  // Answers waiting at most; the stream ends with RESOURCE_EXHAUSTED when a client does not read
  // them.
  static constexpr int kAnswersMax = 65'536;

  Session(TradeStream stream, Requests& requests, Subscribe subscribe)
      : stream_(std::move(stream)),
        requests_(requests),
        subscribe_(std::move(subscribe)),
        traceparent_(rpc::TraceparentOf(stream_.context())) {}

  // Sets the stream's callbacks; they keep the session alive until the stream is over.
  static void Serve(const TradeStream& stream, Requests& requests, Subscribe subscribe);

 private:
  void OnCommand(const v1::TradeCommand& command);
  void OnWritable();
  // Puts another one in place of the subscription and ends the old one.
  void Replace(Subscription subscription);
  Done<v1::Order> AnswerTo(uint64_t request_id, TracePtr trace);
  void Answer(v1::TradeAnswer answer);
  void Flush() override;
  void Deliver() override { stream_.Deliver(); }
  void FinishWhenAnswered();
  void OnClosed();
  // Cancels what the client wanted canceled when it goes.
  void CancelOrders();

  const TradeStream stream_;
  Requests& requests_;
  const Subscribe subscribe_;
  const std::string traceparent_;  // of the stream: holds for orders that bring none
  std::mutex mutex_;
  Subscription subscription_;
  v1::TradeSessionResponse waiting_;
  size_t owed_ = 0;                   // commands without an answer
  std::string cancel_on_disconnect_;  // an account; empty: nothing
  bool closed_ = false;
  bool half_closed_ = false;
  bool flushing_ = false;
  bool has_room_ = false;  // the stream had none, and has again
  bool corked_ = false;    // commands of one message are being taken: their answers leave together
};

}  // namespace tw::oms
