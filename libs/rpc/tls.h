// Inside libs/rpc only: credentials from files, which gRPC reads again when they change.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "libs/base/tls_files.h"

namespace tw::rpc {

// Of plain text where there are no files.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const TlsFiles& files);
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const TlsFiles& files);

}  // namespace tw::rpc
