// One client, one message under way at a time. Each Exchange is a message of kMessageBytes there
// and back; false when it failed. A blocking client polls on its own thread: the fastest there is
// for one message at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tw::floor {

inline constexpr size_t kMessageBytes = 250;

class Exchanger {
 public:
  virtual ~Exchanger() = default;
  virtual bool Exchange() = 0;
};

// To a gRPC echo server's address.
std::unique_ptr<Exchanger> MakeUnaryClient(const std::string& address);
// `message` to a server that answers with `answer_bytes`.
std::unique_ptr<Exchanger> MakeUnaryClient(const std::string& address,
                                           const std::string& message,
                                           size_t answer_bytes);

// One order that is asked about at a running risk service, again and again.
struct RiskCheck {
  std::unique_ptr<Exchanger> client;
  std::string request;      // as it goes over the wire
  size_t answer_bytes = 0;  // of an approval
};
// `address` is risk's: "127.0.0.1:50103" or "unix:PATH". Why not, when it cannot be reached or
// refuses the order.
absl::StatusOr<RiskCheck> MakeRiskCheck(const std::string& address,
                                        const std::string& account,
                                        const std::string& symbol);
std::unique_ptr<Exchanger> MakeStreamClient(const std::string& address);

// To a raw echo server: "127.0.0.1:PORT" or "unix:PATH". nullptr when it cannot connect.
std::unique_ptr<Exchanger> MakeRawClient(const std::string& address);
// Serves raw echoes until the process ends; the address, "" when it cannot listen.
std::string ServeRaw(const std::string& listen);

// Appends 256 bytes to a file in `folder` and syncs them (fdatasync). `preallocated`: into space
// that the file has already, as the journal does. nullptr when the file cannot be made.
std::unique_ptr<Exchanger> MakeDisk(const std::string& folder, bool preallocated);

}  // namespace tw::floor
