// Inside libs/rpc only: the channel to a server of this very process.
#pragma once

#include <memory>
#include <mutex>

#include "libs/rpc/channel.h"
#include "libs/rpc/near_stream.h"

namespace tw::rpc {

// What a server lets its neighbours reach it by: set while it serves. Any thread.
class NearDoor {
 public:
  void Set(std::shared_ptr<Channel> channel, std::shared_ptr<NearHost> host) {
    const std::lock_guard lock(mutex_);
    channel_ = std::move(channel);
    host_ = std::move(host);
  }
  std::shared_ptr<Channel> Get() const {
    const std::lock_guard lock(mutex_);
    return channel_;
  }
  std::shared_ptr<NearHost> host() const {
    const std::lock_guard lock(mutex_);
    return host_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Channel> channel_;  // for calls
  std::shared_ptr<NearHost> host_;    // for streams
};

// Calls go through the door while it is open, else to `far`, which finds nobody there and says so
// as any channel does.
class NearChannel final : public Channel {
 public:
  NearChannel(std::shared_ptr<const NearDoor> door, std::shared_ptr<Channel> far)
      : door_(std::move(door)), far_(std::move(far)) {}

 protected:
  void CallErased(const std::string& method,
                  const Message& request,
                  Duration timeout,
                  Message* response,
                  std::function<void(const absl::Status&)> done) override;
  absl::Status CallSyncErased(const std::string& method,
                              const Message& request,
                              Duration timeout,
                              Message* response) override;
  std::shared_ptr<StreamCore> OpenErased(
      const std::string& method,
      const Message* response,
      const std::function<void(const std::shared_ptr<StreamCore>&)>& setup,
      const std::vector<std::pair<std::string, std::string>>& metadata) override;

 private:
  std::shared_ptr<Channel> Chosen() const;

  const std::shared_ptr<const NearDoor> door_;
  const std::shared_ptr<Channel> far_;
};

}  // namespace tw::rpc
