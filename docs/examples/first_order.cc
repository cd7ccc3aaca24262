// The first order from C++, by gRPC: sent, watched on the stream of events, canceled.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "tradewind/v1/order.grpc.pb.h"

namespace {

namespace v1 = tradewind::v1;

std::string Environment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? otherwise : value;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials() {
  const std::string authority = Environment("TRADEWIND_CA", "");
  if (authority.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  std::ostringstream text;
  text << std::ifstream(authority).rdbuf();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = text.str();
  return grpc::SslCredentials(options);
}

// Who calls, and until when the answer is wanted.
void Prepare(grpc::ClientContext& context) {
  const std::string token = Environment("TRADEWIND_TOKEN", "");
  if (!token.empty()) {
    context.AddMetadata("authorization", "Bearer " + token);
  }
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
}

v1::SubmitOrderRequest FirstOrder() {
  v1::SubmitOrderRequest order;
  order.set_account("demo");
  order.set_symbol("BTCUSDT");
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_GTC);
  order.set_quantity("0.01");
  order.set_price("43500");
  // The key by which a repeat is known: after a time-out the same request is sent again.
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  order.set_client_order_id("cpp-" + std::to_string(now.count()));
  return order;
}

int Failed(const char* what, const grpc::Status& status) {
  std::cerr << what << ": " << status.error_message() << "\n";
  return 1;
}

}  // namespace

int main() {
  const auto channel =
      grpc::CreateChannel(Environment("TRADEWIND_GRPC", "127.0.0.1:50080"), Credentials());
  const auto orders = v1::OrderService::NewStub(channel);

  grpc::ClientContext sending;
  Prepare(sending);
  v1::Order order;
  if (const auto sent = orders->SubmitOrder(&sending, FirstOrder(), &order); !sent.ok()) {
    return Failed("SubmitOrder", sent);  // nothing was recorded
  }
  std::cout << "sent      " << order.order_id() << " " << v1::OrderStatus_Name(order.status())
            << "\n";
  if (order.status() == v1::ORDER_STATUS_REJECTED) {
    std::cerr << order.reject_message() << "\n";
    return 1;
  }

  grpc::ClientContext watching;
  Prepare(watching);
  v1::StreamOrderEventsRequest from;
  from.set_account("demo");
  from.set_from_sequence(order.sequence() + 1);  // what came after the answer
  const auto events = orders->StreamOrderEvents(&watching, from);
  v1::OrderEventBatch batch;
  while (events->Read(&batch)) {
    for (const v1::OrderEvent& event : batch.events()) {
      if (event.order().order_id() != order.order_id()) {
        continue;
      }
      std::cout << "heard     " << v1::OrderStatus_Name(event.order().status()) << "\n";
      if (event.order().status() == v1::ORDER_STATUS_CANCELED ||
          event.order().status() == v1::ORDER_STATUS_FILLED) {
        watching.TryCancel();
        return 0;
      }
      if (event.order().status() == v1::ORDER_STATUS_NEW) {
        grpc::ClientContext canceling;
        Prepare(canceling);
        v1::CancelOrderRequest cancel;
        cancel.set_order_id(order.order_id());
        if (const auto done = orders->CancelOrder(&canceling, cancel, &order); !done.ok()) {
          return Failed("CancelOrder", done);
        }
      }
    }
  }
  return Failed("StreamOrderEvents", events->Finish());
}
