// The echo servers as processes of their own: this very program, started again as `floor serve`.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tw::floor {

// Ends every process it has started when it goes. One thread.
class Processes {
 public:
  Processes();  // makes a folder for Unix sockets
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // kind: sync, callback, queue, fused or raw; transport: tcp or unix; `next`: the server after it,
  // or ""; for fused, how many servers the one process holds.
  // With `answer_bytes` above 0 it answers unary messages with so many. Answers the new server's
  // address, "" when it did not start.
  std::string Start(const std::string& kind,
                    const std::string& transport,
                    const std::string& next,
                    size_t answer_bytes = 0);

 private:
  struct Child {
    pid_t pid;
    int stdin_fd;  // the child ends when it is closed, however this process ends
  };
  std::string folder_;
  std::vector<Child> children_;
  int sockets_ = 0;
};

// `floor serve KIND LISTEN NEXT ANSWER_BYTES`: writes its address to stdout, serves until stdin
// ends.
int ServeMain(const std::string& kind,
              const std::string& listen,
              const std::string& next,
              size_t answer_bytes);

}  // namespace tw::floor
