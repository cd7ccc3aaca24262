#include "libs/rpc/quiet_windows.h"

#include <dlfcn.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <cstring>

#include "libs/base/check.h"

namespace tw::rpc {
namespace {

// A sender may be so far ahead of its reader, on one stream.
constexpr int kWindowBytes = 256 * 1024;

}  // namespace

void FixWindows(grpc::ChannelArguments& arguments) {
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
}

void FixWindows(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
}

}  // namespace tw::rpc

#ifdef TW_QUIET_WINDOWS

// What the library and this have to agree on: names, and what goes through registers. The build
// sees to it that the library is the one which this was written for (CMakeLists.txt).
namespace grpc_core::chttp2 {
namespace {

// As much may wait for the next write: half of the smallest window that there is in a process,
// gRPC's default. The next message's bytes count in, so one that does not fit asks at once.
constexpr int64_t kQuietBytes = 65'535 / 2;

constexpr char kUpdateAction[] =
    "_ZN9grpc_core6chttp217StreamFlowControl12UpdateActionENS0_17FlowControlActionE";

}  // namespace

class FlowControlAction {
 public:
  enum class Urgency : uint8_t { kNone, kNow, kWithNextWrite };
  Urgency stream_update = Urgency::kNone;
  Urgency others[3] = {};
  uint32_t sizes[2] = {};
};
static_assert(sizeof(FlowControlAction) == 12);

class StreamFlowControl {
 public:
  int64_t DesiredAnnounceSize() const;  // the library's: bytes to give back
  FlowControlAction UpdateAction(FlowControlAction action);
};

__attribute__((visibility("default"))) FlowControlAction StreamFlowControl::UpdateAction(
    FlowControlAction action) {
  using Original = FlowControlAction (*)(StreamFlowControl*, FlowControlAction);
  static const auto original = reinterpret_cast<Original>(dlsym(RTLD_NEXT, kUpdateAction));
  TW_CHECK(original != nullptr);
  FlowControlAction decided = original(this, action);
  if (decided.stream_update == FlowControlAction::Urgency::kNow &&
      DesiredAnnounceSize() <= kQuietBytes) {
    decided.stream_update = FlowControlAction::Urgency::kWithNextWrite;
  }
  return decided;
}

}  // namespace grpc_core::chttp2

bool tw::rpc::WindowsAreQuiet() {
  using grpc_core::chttp2::FlowControlAction;
  using grpc_core::chttp2::StreamFlowControl;
  FlowControlAction (StreamFlowControl::*const ours)(FlowControlAction) =
      &StreamFlowControl::UpdateAction;
  void* address = nullptr;
  std::memcpy(&address, &ours, sizeof(address));
  return dlsym(RTLD_DEFAULT, grpc_core::chttp2::kUpdateAction) == address;
}

#else

bool tw::rpc::WindowsAreQuiet() {
  return false;
}

#endif
