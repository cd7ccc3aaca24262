#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/support/sync_stream.h>

#include "bench/floor/clients.h"
#include "bench/floor/servers.h"

namespace tw::floor {
namespace {

using grpc::ByteBuffer;
using grpc::internal::RpcMethod;

ByteBuffer Message() {
  const grpc::Slice slice(std::string(kMessageBytes, 'x'));
  return ByteBuffer(&slice, 1);
}

class UnaryClient final : public Exchanger {
 public:
  explicit UnaryClient(const std::string& address) : channel_(Connect(address)) {}
  bool Exchange() override {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    ByteBuffer response;
    return grpc::internal::BlockingUnaryCall(channel_.get(), method_, &context, request_, &response)
               .ok() &&
           response.Length() == kMessageBytes;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const RpcMethod method_{kUnaryMethod, RpcMethod::NORMAL_RPC};
  const ByteBuffer request_ = Message();
};

class StreamClient final : public Exchanger {
 public:
  explicit StreamClient(const std::string& address) : channel_(Connect(address)) {
    context_.set_wait_for_ready(true);
    stream_.reset(grpc::internal::ClientReaderWriterFactory<ByteBuffer, ByteBuffer>::Create(
        channel_.get(), method_, &context_));
  }
  ~StreamClient() override {
    context_.TryCancel();
    stream_->Finish();
  }
  bool Exchange() override {
    ByteBuffer response;
    return stream_->Write(request_) && stream_->Read(&response) &&
           response.Length() == kMessageBytes;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const RpcMethod method_{kStreamMethod, RpcMethod::BIDI_STREAMING};
  const ByteBuffer request_ = Message();
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<ByteBuffer, ByteBuffer>> stream_;
};

}  // namespace

std::unique_ptr<Exchanger> MakeUnaryClient(const std::string& address) {
  return std::make_unique<UnaryClient>(address);
}

std::unique_ptr<Exchanger> MakeStreamClient(const std::string& address) {
  return std::make_unique<StreamClient>(address);
}

}  // namespace tw::floor
