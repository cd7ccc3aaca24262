// Acceptor: the other house, by QuickFIX, on a port of loopback: PlayedVenue behind a real session.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/fix/engine.h"
#include "tests/services/live-gateway/fix/played_venue.h"

namespace tw::live_gateway {

class Acceptor {
 public:
  // Sessions are named "VENUE", "VENUE2" and so on, as `names` says; all trade with one venue each.
  Acceptor(uint16_t port,
           std::string folder,
           const std::vector<std::string>& names,
           uint64_t seed,
           Price bid,
           Price ask)
      : folder_(std::move(folder)) {
    std::string settings =
        "[DEFAULT]\nTargetCompID=TRADEWIND\nSocketReuseAddress=Y\nSocketAcceptPort=" +
        std::to_string(port) + "\n";
    for (size_t i = 0; i < names.size(); ++i) {
      settings += "[SESSION]\nSenderCompID=" + names[i] + "\n";
      venues_.push_back(std::make_unique<PlayedVenue>(seed + i, bid, ask));
    }
    fix::EngineOptions options;
    options.initiator = false;
    options.settings = settings;
    options.folder = folder_;
    options.resends = true;
    fix::Callbacks callbacks;
    callbacks.on_logon = [](size_t) {};
    callbacks.on_logout = [](size_t) {};
    callbacks.on_message = [this](size_t session, const fix::Message& m) {
      const std::lock_guard lock(mutex_);
      Say(session, venues_[session]->On(m));
    };
    engine_ = fix::Engine::Create(options, std::move(callbacks), &error_);
    if (engine_ != nullptr && engine_->Start(&error_)) {
      started_ = true;
    }
  }
  ~Acceptor() {
    if (engine_ != nullptr) {
      engine_->Stop();
    }
  }

  bool started() const { return started_; }
  const std::string& error() const { return error_; }
  fix::Engine& engine() { return *engine_; }
  // Something happens by itself.
  void Move(size_t session = 0) {
    const std::lock_guard lock(mutex_);
    Say(session, venues_[session]->Move());
  }
  void Say(size_t session, const std::vector<fix::Message>& messages) {
    for (const fix::Message& m : messages) {
      engine_->Send(session, m);
    }
  }
  template <typename F>
  auto With(F f, size_t session = 0) {
    const std::lock_guard lock(mutex_);
    return f(*venues_[session]);
  }
  size_t sessions() const { return venues_.size(); }

 private:
  const std::string folder_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PlayedVenue>> venues_;
  std::string error_;
  bool started_ = false;
  std::unique_ptr<fix::Engine> engine_;
};

}  // namespace tw::live_gateway
