#include "services/gateway/forwarder.h"

#include "libs/base/field_error.h"

namespace tw::gateway {

std::string Forwarder::Path(std::string_view service, std::string_view method) {
  std::string path = "tradewind.v1.";
  path.append(service).append("/").append(method);
  return path;
}

absl::Status Forwarder::Explain(Peer peer, const absl::Status& status) {
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) {
    return status;
  }
  const std::string name(NameOf(peer));
  const std::string message(status.message());
  if (absl::IsDeadlineExceeded(status)) {
    return absl::DeadlineExceededError("no answer from " + name +
                                       " in time; a change may have been carried out");
  }
  // What gRPC says when nobody listens, as opposed to a peer's own words.
  const bool nobody = message.find("onnect") != std::string::npos;
  return absl::UnavailableError(name + (nobody ? " is out of reach: " : ": ") + message);
}

size_t Forwarder::streams() const {
  int sum = 0;
  for (const std::atomic<int>& open : streams_) {
    sum += open;
  }
  return static_cast<size_t>(sum);
}

void Forwarder::Stop() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return under_way_ == 0; });
}

void Forwarder::Begin() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

void Forwarder::End() {
  const std::lock_guard lock(mutex_);
  if (--under_way_ == 0) {
    idle_.notify_all();
  }
}

}  // namespace tw::gateway
