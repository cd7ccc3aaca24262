#include "services/gateway/live_outlet.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace tw::gateway {

std::string Head(const std::string& channel, uint64_t sequence, const Envelope& envelope) {
  std::string head = "{\"channel\":\"" + channel + "\",\"sequence\":" + std::to_string(sequence) +
                     ",\"snapshot\":" + (envelope.snapshot ? "true" : "false");
  if (!envelope.position.empty()) {
    head += ",\"position\":\"" + envelope.position + "\"";
  }
  if (envelope.merged > 0) {
    head += ",\"merged\":" + std::to_string(envelope.merged);
  }
  return head + ",\"data\":";
}

bool LiveOutlet::HasRoom() const {
  const auto socket = socket_.lock();
  return socket == nullptr || socket->queued() < kSocketQueuedMax;
}

void LiveOutlet::Send(const Envelope& envelope, const std::string& json) {
  if (const auto socket = socket_.lock()) {
    socket->Send(Head(channel_, ++sequence_, envelope) + json + "}");
  }
}

void LiveOutlet::SendShared(const Envelope& envelope, std::shared_ptr<const std::string> json) {
  if (const auto socket = socket_.lock()) {
    socket->SendShared(Head(channel_, ++sequence_, envelope), std::move(json), "}");
  }
}

void LiveOutlet::SayResumed(const std::string& after) {
  Say("resumed", "after", after);
}

void LiveOutlet::SayRestarted(std::string_view reason) {
  Say("restarted", "reason", reason);
}

void LiveOutlet::SayStale(std::string_view reason) {
  Say("stale", "reason", reason);
}

void LiveOutlet::SayLive() {
  Say("live", "", "");
}

void LiveOutlet::Say(const char* op, const char* what, std::string_view text) {
  const auto socket = socket_.lock();
  if (socket == nullptr) {
    return;
  }
  nlohmann::json message = {{"op", op}, {"channels", nlohmann::json::array({channel_})}};
  if (*what != '\0') {
    message[what] = text;
  }
  socket->Send(message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace tw::gateway
