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
#include "services/gateway/stream_guard.h"
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

  struct Hooks {
    std::function<absl::Status(const absl::Status&)> explain;  // words the peer's status
    std::function<void()> ended;           // runs once, when the peer's stream is over
    StreamGuard<Request, Response> guard;  // what may pass; empty: everything
  };

  // With `request` the peer gets just that one message. REQUIRES: called from the handler that got
  // `down`.
  static void Open(rpc::Channel& peer,
                   const std::string& method,
                   const Down& down,
                   const Request* request,
                   Hooks hooks) {
    const auto pipe = std::make_shared<Pipe>();
    pipe->guard_ = std::move(hooks.guard);
    const auto setup = [&](const Up& up) {
      pipe->to_client_.Join(up, down);
      pipe->to_peer_.Join(down, up);
      up.OnMessage([pipe](const Response& message) { pipe->FromPeer(message); });
      up.OnWritable([pipe] { pipe->to_peer_.OnWritable(); });
      up.OnClosed([pipe, down, explain = std::move(hooks.explain),
                   ended = std::move(hooks.ended)](const absl::Status& status) {
        down.Finish(explain(status));
        ended();
      });
      down.OnMessage([pipe, down, up](const Request& message) {
        const absl::Status held = pipe->FromClient(message, down);
        if (!held.ok()) {
          down.Finish(held);
          up.Cancel();
        }
      });
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
  void FromPeer(const Response& message) {
    if (!guard_.from_peer) {
      to_client_.OnMessage(message);
      return;
    }
    Response held = message;
    if (guard_.from_peer(held)) {
      to_client_.OnMessage(held);
    }
  }
  // Not OK ends the stream.
  absl::Status FromClient(const Request& message, const Down& down) {
    if (!guard_.from_client) {
      to_peer_.OnMessage(message);
      return absl::OkStatus();
    }
    Request held = message;
    Response refused;
    absl::StatusOr<bool> passes = guard_.from_client(held, refused);
    if (!passes.ok()) {
      return passes.status();
    }
    if (refused.ByteSizeLong() > 0 && !down.Write(refused)) {
      return absl::ResourceExhaustedError("answers are not being read");
    }
    if (*passes) {
      to_peer_.OnMessage(held);
    }
    return absl::OkStatus();
  }

  StreamGuard<Request, Response> guard_;
  PipeLane<Response, Up, Down> to_client_;
  PipeLane<Request, Down, Up> to_peer_;
};

}  // namespace tw::gateway
