// Inside libs/rpc only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "libs/rpc/channel.h"

namespace tw::rpc {

std::shared_ptr<Channel> WrapGrpcChannel(std::shared_ptr<grpc::Channel> channel,
                                         ChannelOptions options);

}  // namespace tw::rpc
