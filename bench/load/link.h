// Link: how commands reach the platform and answers come back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/http/client.h"
#include "libs/rpc/channel.h"
#include "tradewind/v1/order.pb.h"

namespace tw::load {

namespace v1 = ::tradewind::v1;

// Runs on a thread of the link, several at a time; `now_ns` is when the answer arrived, monotonic.
using OnAnswer = std::function<void(const v1::TradeAnswer& answer, int64_t now_ns)>;

class Link {
 public:
  virtual ~Link() = default;
  // Ready for the first command, or why not.
  virtual absl::Status Start(OnAnswer on_answer) = 0;
  // Commands that leave together. False: no room now, nothing was sent; try again in a moment. One
  // thread.
  virtual bool Send(const std::vector<v1::TradeCommand>& commands) = 0;
  // No answer comes after it.
  virtual void Stop() = 0;
};

// `streams` long-lived TradeSession streams on one channel; a lost one is opened again.
std::unique_ptr<Link> MakeSessionLink(std::shared_ptr<rpc::Channel> channel, int streams);
// One unary call each.
std::unique_ptr<Link> MakeUnaryLink(std::shared_ptr<rpc::Channel> channel);
// RiskService/CheckOrder with the terms of submit commands; an approval is answered as an order.
std::unique_ptr<Link> MakeCheckLink(std::shared_ptr<rpc::Channel> channel);
// One HTTP request each, `connections` at a time, each by a client that `connect` makes on a thread
// of the link; `headers` go with every request, routes begin with `prefix` ("/api/v1").
std::unique_ptr<Link> MakeRestLink(std::function<http::Client()> connect,
                                   http::NameValues headers,
                                   const std::string& prefix,
                                   int connections);

// The answer of a call that failed.
v1::TradeAnswer ErrorAnswer(uint64_t request_id, const absl::Status& status);

}  // namespace tw::load
