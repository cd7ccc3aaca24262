#include "libs/rpc/near_channel.h"

namespace tw::rpc {

std::shared_ptr<Channel> NearChannel::Chosen() const {
  std::shared_ptr<Channel> near = door_->Get();
  return near != nullptr ? near : far_;
}

void NearChannel::CallErased(const std::string& method,
                             const Message& request,
                             Duration timeout,
                             Message* response,
                             std::function<void(const absl::Status&)> done) {
  Chosen()->CallErased(method, request, timeout, response, std::move(done));
}

absl::Status NearChannel::CallSyncErased(const std::string& method,
                                         const Message& request,
                                         Duration timeout,
                                         Message* response) {
  return Chosen()->CallSyncErased(method, request, timeout, response);
}

std::shared_ptr<StreamCore> NearChannel::OpenErased(
    const std::string& method,
    const Message* response,
    const std::function<void(const std::shared_ptr<StreamCore>&)>& setup,
    const std::vector<std::pair<std::string, std::string>>& metadata) {
  if (const std::shared_ptr<NearHost> host = door_->host()) {
    if (auto stream = host->Open(method, response, {}, setup, metadata)) {
      return stream;
    }
  }
  return Chosen()->OpenErased(method, response, setup, metadata);
}

}  // namespace tw::rpc
