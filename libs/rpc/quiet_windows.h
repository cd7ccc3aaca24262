// Inside libs/rpc only: fewer window updates from gRPC 1.51.
//
// Whenever a read waits on a stream, gRPC 1.51 gives the sender back at once what it has sent
// (WINDOW_UPDATE, RFC 9113 6.9): each small message is answered by 26 bytes that wake its sender
// for nothing, and that was a fifth to a third of all wakings on an order's way (ADR 33). Later
// versions wait until half of the window is used up or something is written anyway. So does this:
// callers of the library's function that decides it are sent to one that asks it and then thinks of
// the size. A sender is never left with less than half of the smallest window.
#pragma once

namespace grpc {
class ChannelArguments;
class ServerBuilder;
}  // namespace grpc

namespace tw::rpc {

// Whether an update has waited in this process: with gRPC 1.51 they do, with others the library
// decides. Any thread.
bool WindowsWereQuiet();

// Windows of a fixed size, not what a probe of the bandwidth finds: a bound on what is on its way
// to a slow reader.
void FixWindows(grpc::ChannelArguments& arguments);
void FixWindows(grpc::ServerBuilder& builder);

}  // namespace tw::rpc
