#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/support/sync_stream.h>

#include "bench/floor/clients.h"
#include "bench/floor/servers.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::floor {
namespace {

namespace v1 = ::tradewind::v1;

using grpc::ByteBuffer;
using grpc::internal::RpcMethod;

ByteBuffer Message(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return ByteBuffer(&slice, 1);
}
ByteBuffer Message() {
  return Message(std::string(kMessageBytes, 'x'));
}

class UnaryClient final : public Exchanger {
 public:
  UnaryClient(const std::string& address,
              const char* method,
              const ByteBuffer& request,
              size_t answer_bytes)
      : channel_(Connect(address)),
        method_(method, RpcMethod::NORMAL_RPC),
        request_(request),
        answer_bytes_(answer_bytes) {}
  bool Exchange() override {
    const absl::StatusOr<ByteBuffer> answer = Ask();
    return answer.ok() && (answer_bytes_ == 0 || answer->Length() == answer_bytes_);
  }
  absl::StatusOr<ByteBuffer> Ask() {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    ByteBuffer response;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall(channel_.get(), method_, &context, request_, &response);
    if (!status.ok()) {
      return absl::UnavailableError(status.error_message());
    }
    return response;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const RpcMethod method_;
  const ByteBuffer request_;
  const size_t answer_bytes_;  // 0: any
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
  return std::make_unique<UnaryClient>(address, kUnaryMethod, Message(), kMessageBytes);
}

std::unique_ptr<Exchanger> MakeUnaryClient(const std::string& address,
                                           const std::string& message,
                                           size_t answer_bytes) {
  return std::make_unique<UnaryClient>(address, kUnaryMethod, Message(message), answer_bytes);
}

absl::StatusOr<RiskCheck> MakeRiskCheck(const std::string& address,
                                        const std::string& account,
                                        const std::string& symbol) {
  v1::CheckOrderRequest request;
  request.set_account(account);
  request.set_symbol(symbol);
  request.set_side(v1::SIDE_BUY);
  request.set_quantity("0.001");
  RiskCheck check;
  check.request = request.SerializeAsString();
  auto client = std::make_unique<UnaryClient>(address, "/tradewind.v1.RiskService/CheckOrder",
                                              Message(check.request), 0);  // digits come and go
  absl::StatusOr<ByteBuffer> answer = client->Ask();
  if (!answer.ok()) {
    return answer.status();
  }
  std::vector<grpc::Slice> slices;
  answer->Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  v1::CheckOrderResponse response;
  if (!response.ParseFromString(bytes) || !response.approved()) {
    return absl::FailedPreconditionError("risk refuses the order: " + response.reason());
  }
  check.answer_bytes = bytes.size();

  check.client = std::move(client);
  return check;
}

std::unique_ptr<Exchanger> MakeStreamClient(const std::string& address) {
  return std::make_unique<StreamClient>(address);
}

}  // namespace tw::floor
