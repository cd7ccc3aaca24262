#include "bench/floor/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bench/floor/clients.h"
#include "bench/floor/servers.h"

extern char** environ;

namespace tw::floor {
namespace {

std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') {
    line += c;
  }
  return line;
}

}  // namespace

Processes::Processes() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tw-floor-XXXXXX").string();
  const char* const made = mkdtemp(pattern.data());
  folder_ = made == nullptr ? "" : made;
}

Processes::~Processes() {
  for (const Child& child : children_) {
    close(child.stdin_fd);
  }
  for (const Child& child : children_) {
    int status = 0;
    waitpid(child.pid, &status, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Processes::Start(const std::string& kind,
                             const std::string& transport,
                             const std::string& next,
                             size_t answer_bytes) {
  const std::string listen =
      transport == "tcp" ? "tcp" : "unix:" + folder_ + "/" + std::to_string(++sockets_);
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (folder_.empty() || pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
    return "";
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::array<std::string, 6> words = {"floor", "serve", kind,
                                      listen,  next,    std::to_string(answer_bytes)};
  std::array<char*, 7> argv{};
  for (size_t i = 0; i < words.size(); ++i) {
    argv[i] = words[i].data();
  }
  pid_t pid = 0;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  std::string address;
  if (error == 0) {
    children_.push_back({pid, in[1]});
    address = ReadLine(out[0]);
  } else {
    close(in[1]);
  }
  close(out[0]);
  return address;
}

int ServeMain(const std::string& kind,
              const std::string& listen,
              const std::string& next,
              size_t answer_bytes) {
  if (answer_bytes > 0) {
    AnswerWith(answer_bytes);
  }
  std::string address;
  if (kind == "sync") {
    address = ServeSync(listen, next);
  } else if (kind == "callback") {
    address = ServeCallback(listen, next);
  } else if (kind == "queue") {
    address = ServeQueue(listen, next);
  } else if (kind == "fused") {
    address = ServeFused(listen, std::atoi(next.c_str()));
  } else if (kind == "raw") {
    address = ServeRaw(listen);
  }
  if (address.empty()) {
    std::fprintf(stderr, "floor: cannot serve %s on %s\n", kind.c_str(), listen.c_str());
    return 1;
  }
  std::printf("%s\n", address.c_str());
  std::fflush(stdout);
  char c = 0;
  while (read(STDIN_FILENO, &c, 1) > 0) {
  }
  std::_Exit(0);  // the servers have no end of their own
}

}  // namespace tw::floor
