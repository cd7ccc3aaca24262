#include "bench/fanout/stack.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/http/client.h"

namespace tw::fanout_bench {
namespace {

constexpr int kTries = 200;
constexpr std::chrono::milliseconds kTryAgain{50};

}  // namespace

Stack::Stack(std::string bin, int port_offset, std::string normalizer)
    : bin_(std::move(bin)), port_offset_(port_offset), normalizer_(std::move(normalizer)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tw-fanout-XXXXXX").string();
  folder_ = mkdtemp(pattern.data()) == nullptr ? "" : pattern;
}

Stack::~Stack() {
  for (const pid_t child : children_) {
    kill(child, SIGTERM);
  }
  for (const pid_t child : children_) {
    waitpid(child, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

absl::Status Stack::Start() {
  if (folder_.empty()) {
    return absl::UnavailableError("no folder for temporary files");
  }
  setenv("TRADEWIND_PORT_OFFSET", std::to_string(port_offset_).c_str(), 1);
  setenv("TRADEWIND_NORMALIZER_ADDRESS", normalizer_.c_str(), 1);
  TW_RETURN_IF_ERROR(StartOne("hot-cache"));
  TW_RETURN_IF_ERROR(WaitFor("hot-cache", "/ready"));
  TW_RETURN_IF_ERROR(StartOne("gateway"));
  return WaitFor("gateway", "/health");  // it is ready with oms, which nobody needs here
}

absl::Status Stack::StartOne(const std::string& name) {
  const std::string program = bin_ + "/" + name;
  const std::string data = "--data-dir=" + folder_;
  char* const argv[] = {const_cast<char*>(program.c_str()), const_cast<char*>(data.c_str()),
                        nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = folder_ + "/" + name + ".log";
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return absl::UnavailableError(program + ": " + std::strerror(failed));
  }
  children_.push_back(child);
  return absl::OkStatus();
}

absl::Status Stack::WaitFor(const std::string& name, const std::string& route) const {
  const std::string address = "127.0.0.1:" + std::to_string(config::HttpPort(name));
  for (int i = 0; i < kTries; ++i) {
    const auto answer = http::Fetch("GET", address, route, "", Duration::Seconds(1));
    if (answer.ok() && answer->status == 200) {
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(kTryAgain);
  }
  return absl::UnavailableError(name + " does not answer at " + address);
}

std::string Stack::gateway() const {
  return "127.0.0.1:" + std::to_string(config::HttpPort("gateway"));
}

double Stack::GatewayStat(const std::string& name) const {
  const auto answer = http::Fetch("GET", gateway(), "/stats", "", Duration::Seconds(2));
  const auto json = nlohmann::json::parse(answer.ok() ? answer->body : "", nullptr, false);
  return json.is_object() && json.contains(name) ? json[name].get<double>() : -1;
}

}  // namespace tw::fanout_bench
