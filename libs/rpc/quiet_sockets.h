// Unix sockets that do not wake whoever wrote.
//
// gRPC waits on each of its sockets for "can be read" and "can be written" together and by edges,
// as long as the socket lives. Of a TCP socket Linux tells the second only to a writer that has
// found it full. Of a Unix socket it does each time that the other end has read something
// (unix_write_space), though there was room all along: a message woke its sender once more, for
// nothing. Where this is in use, a Unix socket is watched for room from a write that has found none
// until one that has found some.
//
// It takes the C library's epoll_ctl and sendmsg over, for the whole process, and passes on what is
// not about a Unix socket that is watched that way (ADR 37). Not in builds with sanitizers, which
// take them over themselves.
#pragma once

namespace tw::rpc {

// Holds for sockets that are watched from now on. Any thread.
void UseQuietSockets();

}  // namespace tw::rpc
