// Where a request comes in: its trace context may stand in the message or beside it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/rpc/call.h"
#include "libs/trace/context.h"

namespace tw::rpc {

// Hands `request` to `take`; with `given`, the traceparent of the metadata or header, where the
// message itself has none.
template <typename Request, typename Take>
void WithTraceparent(const Request& request, const std::string& given, Take take) {
  if (given.empty() || !request.traceparent().empty()) {
    take(request);
    return;
  }
  Request traced = request;
  traced.set_traceparent(given);
  take(traced);
}

// The traceparent in a call's metadata; "" where there is none.
inline std::string TraceparentOf(const CallContext& call) {
  return call.metadata(std::string(trace::kHeader));
}

// What carries it on; nothing for "".
inline std::vector<std::pair<std::string, std::string>> TraceMetadata(
    const std::string& traceparent) {
  std::vector<std::pair<std::string, std::string>> metadata;
  if (!traceparent.empty()) {
    metadata.emplace_back(trace::kHeader, traceparent);
  }
  return metadata;
}

}  // namespace tw::rpc
