// Session: one TradeSession stream. Commands in, answers out. Answers that are ready together leave
// together: while a message is on its way out, the next one fills up.
#pragma once

#include <memory>
#include <mutex>

#include "libs/rpc/call.h"
#include "services/oms/requests.h"
#include "tradewind/v1/order.pb.h"

namespace tw::oms {

using TradeStream = rpc::Stream<v1::TradeSessionResponse, v1::TradeSessionRequest>;

// Begins to send numbered events on a session; answers what ends it again.
using Subscribe =
    std::function<std::function<void()>(const v1::StreamOrderEventsRequest&, const TradeStream&)>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  // Answers waiting at most; the stream ends with RESOURCE_EXHAUSTED when a client does not read
  // them.
  static constexpr int kAnswersMax = 65'536;

  Session(TradeStream stream, Requests& requests, Subscribe subscribe)
      : stream_(std::move(stream)), requests_(requests), subscribe_(std::move(subscribe)) {}

  // Sets the stream's callbacks; they keep the session alive until the stream is over.
  static void Serve(const TradeStream& stream, Requests& requests, Subscribe subscribe);

 private:
  void OnCommand(const v1::TradeCommand& command);
  Done<v1::Order> AnswerTo(uint64_t request_id);
  void Answer(v1::TradeAnswer answer);
  void Flush();

  const TradeStream stream_;
  Requests& requests_;
  const Subscribe subscribe_;
  std::function<void()> unsubscribe_;  // on the stream's callbacks only
  std::mutex mutex_;
  v1::TradeSessionResponse waiting_;
  bool flushing_ = false;
  bool corked_ = false;  // commands of one message are being taken: their answers leave together
};

}  // namespace tw::oms
