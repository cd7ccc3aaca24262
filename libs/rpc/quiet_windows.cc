#include "libs/rpc/quiet_windows.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

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
};

// StreamFlowControl::UpdateAction: the linker sends its callers to the second one (--wrap).
FlowControlAction Original(StreamFlowControl* control, FlowControlAction action) asm(
    "__real__ZN9grpc_core6chttp217StreamFlowControl12UpdateActionENS0_17FlowControlActionE");
FlowControlAction Quiet(StreamFlowControl* control, FlowControlAction action) asm(
    "__wrap__ZN9grpc_core6chttp217StreamFlowControl12UpdateActionENS0_17FlowControlActionE");

namespace {
std::atomic<bool> were_quiet{false};
}  // namespace

FlowControlAction Quiet(StreamFlowControl* control, FlowControlAction action) {
  FlowControlAction decided = Original(control, action);
  if (decided.stream_update == FlowControlAction::Urgency::kNow &&
      control->DesiredAnnounceSize() <= kQuietBytes) {
    decided.stream_update = FlowControlAction::Urgency::kWithNextWrite;
    were_quiet.store(true, std::memory_order_relaxed);
  }
  return decided;
}

}  // namespace grpc_core::chttp2

bool tw::rpc::WindowsWereQuiet() {
  return grpc_core::chttp2::were_quiet.load();
}

#else

bool tw::rpc::WindowsWereQuiet() {
  return false;
}

#endif
