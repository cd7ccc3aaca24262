// Inside libs/rpc only: messages to and from gRPC's byte buffers, and statuses both ways.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "libs/base/field_error.h"
#include "libs/base/retry_hint.h"
#include "libs/rpc/call.h"

namespace tw::rpc {

inline constexpr const char* kFieldTrailer = "tradewind-field";
inline constexpr const char* kRetryTrailer = "tradewind-retry-ms";

inline grpc::ByteBuffer Pack(const google::protobuf::Message& message) {
  grpc::ByteBuffer buffer;
  bool own = false;
  // Serialising a well-formed message into memory cannot fail.
  static_cast<void>(grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(
      message, &buffer, &own));
  return buffer;
}

// The bytes of `head` and then of `body`, which is kept alive instead of copied.
inline grpc::ByteBuffer PackParts(const std::string& head,
                                  const std::shared_ptr<const std::string>& body) {
  using Body = std::shared_ptr<const std::string>;
  const auto release = [](void* kept) { delete static_cast<Body*>(kept); };
  // gRPC only reads what a slice points at.
  const grpc::Slice slices[] = {
      grpc::Slice(head),
      grpc::Slice(const_cast<char*>(body->data()), body->size(), release, new Body(body))};
  return grpc::ByteBuffer(slices, 2);
}

// Null when the bytes are no such message.
inline std::unique_ptr<google::protobuf::Message> Unpack(
    grpc::ByteBuffer& buffer, const google::protobuf::Message& prototype) {
  std::unique_ptr<google::protobuf::Message> message(prototype.New());
  if (!grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(&buffer,
                                                                                    message.get())
           .ok()) {
    return nullptr;
  }
  return message;
}

// Reads the messages of one stream into one object: its strings and parts are used again, which
// saves most of what memory costs a busy reader. One thread at a time.
class MessageReader {
 public:
  // `prototype` outlives it.
  explicit MessageReader(const google::protobuf::Message& prototype) : prototype_(prototype) {}

  // Valid until the next Read. Null when the bytes are no such message.
  const google::protobuf::Message* Read(grpc::ByteBuffer& buffer) {
    if (message_ == nullptr || large_) {
      message_.reset(prototype_.New());
    }
    large_ = buffer.Length() > kKeptBytesMax;
    if (!grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(
             &buffer, message_.get())
             .ok()) {
      message_.reset();
    }
    return message_.get();
  }

 private:
  // Of the wire: an object that held more is let go, or every stream would stay as large as its
  // largest message.
  static constexpr size_t kKeptBytesMax = 256u << 10;

  const google::protobuf::Message& prototype_;
  std::unique_ptr<google::protobuf::Message> message_;
  bool large_ = false;
};

inline std::string FindMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& map,
                                const std::string& name) {
  const auto it = map.find(name);
  return it == map.end() ? std::string() : std::string(it->second.data(), it->second.size());
}

inline Duration TimeLeftOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return kNoTimeLimit;
  }
  return Duration{std::chrono::duration_cast<std::chrono::nanoseconds>(
                      deadline - std::chrono::system_clock::now())
                      .count()};
}

// absl and gRPC number the canonical codes alike.
inline grpc::Status ToGrpc(const absl::Status& status) {
  return status.ok() ? grpc::Status::OK
                     : grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                                    std::string(status.message()));
}

inline absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto field = trailers.find(kFieldTrailer);
  if (field != trailers.end()) {
    out.SetPayload(kFieldPayload,
                   absl::Cord(std::string(field->second.data(), field->second.size())));
  }
  const auto retry = trailers.find(kRetryTrailer);
  if (retry != trailers.end()) {
    out.SetPayload(kRetryPayload,
                   absl::Cord(std::string(retry->second.data(), retry->second.size())));
  }
  return out;
}

}  // namespace tw::rpc
