// Synchronous: a thread of gRPC's pool for each call.
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/method_handler.h>
#include <grpcpp/support/sync_stream.h>

#include <optional>

#include "bench/floor/servers.h"

namespace tw::floor {
namespace {

using grpc::ByteBuffer;
using grpc::internal::RpcMethod;

class SyncEcho final : public grpc::Service {
 public:
  explicit SyncEcho(std::shared_ptr<grpc::Channel> next) : next_(std::move(next)) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        kUnaryMethod, RpcMethod::NORMAL_RPC,
        new grpc::internal::RpcMethodHandler<SyncEcho, ByteBuffer, ByteBuffer>(
            [](SyncEcho* echo, grpc::ServerContext*, const ByteBuffer* request,
               ByteBuffer* response) { return echo->Unary(*request, *response); },
            this)));
    AddMethod(new grpc::internal::RpcServiceMethod(
        kStreamMethod, RpcMethod::BIDI_STREAMING,
        new grpc::internal::BidiStreamingHandler<SyncEcho, ByteBuffer, ByteBuffer>(
            [](SyncEcho* echo, grpc::ServerContext*,
               grpc::ServerReaderWriter<ByteBuffer, ByteBuffer>* stream) {
              return echo->Stream(*stream);
            },
            this)));
  }

 private:
  grpc::Status Unary(const ByteBuffer& request, ByteBuffer& response) {
    if (next_ == nullptr) {
      response = AnswerTo(request);
      return grpc::Status::OK;
    }
    grpc::ClientContext context;
    return grpc::internal::BlockingUnaryCall(
        next_.get(), RpcMethod(kUnaryMethod, RpcMethod::NORMAL_RPC), &context, request, &response);
  }

  grpc::Status Stream(grpc::ServerReaderWriter<ByteBuffer, ByteBuffer>& stream) {
    ByteBuffer message;
    if (next_ == nullptr) {
      while (stream.Read(&message) && stream.Write(message)) {
      }
      return grpc::Status::OK;
    }
    grpc::ClientContext context;
    const RpcMethod method(kStreamMethod, RpcMethod::BIDI_STREAMING);
    const std::unique_ptr<grpc::ClientReaderWriter<ByteBuffer, ByteBuffer>> next(
        grpc::internal::ClientReaderWriterFactory<ByteBuffer, ByteBuffer>::Create(
            next_.get(), method, &context));
    while (stream.Read(&message) && next->Write(message) && next->Read(&message) &&
           stream.Write(message)) {
    }
    context.TryCancel();
    next->Finish();
    return grpc::Status::OK;
  }

  const std::shared_ptr<grpc::Channel> next_;
};

std::optional<ByteBuffer> answer;

}  // namespace

void AnswerWith(size_t bytes) {
  const grpc::Slice slice(std::string(bytes, 'x'));
  answer.emplace(&slice, 1);
}

ByteBuffer AnswerTo(const ByteBuffer& request) {
  return answer ? *answer : request;
}

std::string ServeSync(const std::string& listen, const std::string& next) {
  auto* const echo = new SyncEcho(next.empty() ? nullptr : Connect(next));
  grpc::ServerBuilder builder;
  builder.RegisterService(echo);
  return Start(builder, listen);
}

}  // namespace tw::floor
