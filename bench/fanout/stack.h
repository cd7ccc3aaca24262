// Stack: hot-cache and gateway as processes of their own, on ports of their own, in a folder that
// goes with them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace tw::fanout_bench {

class Stack {
 public:
  // `bin`: the folder of the programs; `normalizer`: the feed's "host:port".
  Stack(std::string bin, int port_offset, std::string normalizer);
  ~Stack();  // ends both
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // Until both answer. Unavailable: one does not, within ten seconds.
  absl::Status Start();
  std::string gateway() const;  // HTTP "host:port"
  // A figure of the gateway's /stats; -1: none.
  double GatewayStat(const std::string& name) const;

 private:
  absl::Status StartOne(const std::string& name);
  absl::Status WaitFor(const std::string& name, const std::string& route) const;

  const std::string bin_;
  const int port_offset_;
  const std::string normalizer_;
  std::string folder_;
  std::vector<pid_t> children_;
};

}  // namespace tw::fanout_bench
