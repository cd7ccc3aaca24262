// Bare gRPC echo servers, one for each way of serving that gRPC has: what a hop costs before
// anybody does any work. Bytes in, bytes out: nothing is parsed.
//
// Methods /floor.Echo/Unary and /floor.Echo/Stream (bidirectional, one answer a message, one
// message under way at a time). With a next server, each message goes there first and its answer
// comes back.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace tw::floor {

inline constexpr const char* kUnaryMethod = "/floor.Echo/Unary";
inline constexpr const char* kStreamMethod = "/floor.Echo/Stream";

// Each serves until the process ends, on "unix:PATH", or on a free port of loopback when `listen`
// is "tcp". Answers the address for clients, "" when it cannot listen. `next` is a server's address
// or empty.
std::string ServeSync(const std::string& listen, const std::string& next);
std::string ServeCallback(const std::string& listen, const std::string& next);
std::string ServeQueue(const std::string& listen, const std::string& next);
// `hops` callback servers in a row in this process, over in-process channels; clients reach the
// first.
std::string ServeFused(const std::string& listen, int hops);

// From now on this process's servers answer a unary message with so many bytes instead of its own.
void AnswerWith(size_t bytes);
// What a server without a next one answers.
grpc::ByteBuffer AnswerTo(const grpc::ByteBuffer& request);

// A channel that shares its connection with no other.
inline std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// Starts the server with the builder's services and leaves it running; its address as above.
inline std::string Start(grpc::ServerBuilder& builder, const std::string& listen) {
  int port = 0;
  builder.AddListeningPort(listen == "tcp" ? "127.0.0.1:0" : listen,
                           grpc::InsecureServerCredentials(), &port);
  const grpc::Server* const server = builder.BuildAndStart().release();
  if (server == nullptr) {
    return "";
  }
  return listen == "tcp" ? "127.0.0.1:" + std::to_string(port) : listen;
}

}  // namespace tw::floor
