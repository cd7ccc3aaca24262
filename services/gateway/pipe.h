// Pipe: one stream of a client joined to one of a peer, both ways. Nothing is buffered beyond the
// two streams' own bounded queues and one message a direction: when a side reads slowly, reading
// from the other one stops until there is room.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/traced.h"
#include "tradewind/v1/order.pb.h"

namespace tw::gateway {

// Orders that take their time stamps along get the gateway's.
inline void Stamp(v1::TradeSessionRequest& message) {
  for (v1::TradeCommand& command : *message.mutable_commands()) {
    if (command.has_trace()) {
      command.mutable_trace()->set_gateway_in_ns(SystemClock().Now().ns);
    }
  }
}
inline void Stamp(v1::TradeSessionResponse& message) {
  for (v1::TradeAnswer& answer : *message.mutable_answers()) {
    if (answer.has_trace()) {
      answer.mutable_trace()->set_gateway_out_ns(SystemClock().Now().ns);
    }
  }
}

// One direction. Messages arrive one at a time; OnWritable and End come from any thread.
template <typename Message, typename From, typename To>
class PipeLane {
 public:
  void Join(const From& from, const To& to) {
    from_ = from;
    to_ = to;
  }
  void OnMessage(const Message& message) {
    if constexpr (requires { message.traced(); }) {
      if (message.traced()) {
        Message stamped = message;
        Stamp(stamped);
        Pass(stamped);
        return;
      }
    }
    Pass(message);
  }
  void OnWritable() {
    {
      const std::lock_guard lock(mutex_);
      if (!held_ || !to_.Write(*held_)) {
        return;
      }
      held_.reset();
    }
    from_.ResumeReads();
  }
  // The reader is gone: what still comes is dropped, so that the writer's stream can end.
  void End() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      held_.reset();
    }
    from_.ResumeReads();
  }

 private:
  void Pass(const Message& message) {
    const std::lock_guard lock(mutex_);
    if (!over_ && !to_.Write(message)) {
      held_ = message;
      from_.PauseReads();
    }
  }

  From from_;
  To to_;
  std::mutex mutex_;
  std::optional<Message> held_;
  bool over_ = false;
};

template <typename Request, typename Response>
class Pipe {
 public:
  using Down = rpc::Stream<Response, Request>;  // to the client
  using Up = rpc::Stream<Request, Response>;    // to the peer

  // `explain` words the peer's status for the client; `ended` runs once, when the peer's stream is
  // over. With `request` the peer gets just that one message. REQUIRES: called from the handler
  // that got `down`.
  static void Open(rpc::Channel& peer,
                   const std::string& method,
                   const Down& down,
                   const Request* request,
                   std::function<absl::Status(const absl::Status&)> explain,
                   std::function<void()> ended) {
    const auto pipe = std::make_shared<Pipe>();
    const auto setup = [&](const Up& up) {
      pipe->to_client_.Join(up, down);
      pipe->to_peer_.Join(down, up);
      up.OnMessage([pipe](const Response& message) { pipe->to_client_.OnMessage(message); });
      up.OnWritable([pipe] { pipe->to_peer_.OnWritable(); });
      up.OnClosed([pipe, down, explain = std::move(explain),
                   ended = std::move(ended)](const absl::Status& status) {
        down.Finish(explain(status));
        ended();
      });
      down.OnMessage([pipe](const Request& message) { pipe->to_peer_.OnMessage(message); });
      down.OnWritable([pipe] { pipe->to_client_.OnWritable(); });
      down.OnHalfClose([up] { up.Finish(); });  // the peer answers the rest and ends the stream
      down.OnClosed([pipe, up](const absl::Status&) {
        up.Cancel();
        pipe->to_client_.End();
      });
      if (request != nullptr) {
        up.Write(*request);
        up.Finish();
      }
    };
    peer.Open<Request, Response>(method, setup,
                                 rpc::TraceMetadata(rpc::TraceparentOf(down.context())));
  }

 private:
  PipeLane<Response, Up, Down> to_client_;
  PipeLane<Request, Down, Up> to_peer_;
};

}  // namespace tw::gateway
