#include "services/cli/session_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace tw::cli {
namespace {

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread yet
  return value == nullptr ? "" : value;
}

}  // namespace

std::string SessionFile() {
  if (std::string file = Environment("TRADEWIND_SESSION_FILE"); !file.empty()) {
    return file;
  }
  if (const std::string folder = Environment("XDG_CONFIG_HOME"); !folder.empty()) {
    return folder + "/tradewind/session";
  }
  const std::string home = Environment("HOME");
  return home.empty() ? "" : home + "/.config/tradewind/session";
}

std::string ReadToken() {
  if (std::string token = Environment("TRADEWIND_TOKEN"); !token.empty()) {
    return token;
  }
  std::ifstream file(SessionFile());
  std::string token;
  std::getline(file, token);
  return token;
}

absl::Status KeepToken(const std::string& token) {
  const std::string path = SessionFile();
  if (path.empty()) {
    return absl::FailedPreconditionError(
        "there is no home folder to keep the session in; set TRADEWIND_SESSION_FILE");
  }
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  std::remove(path.c_str());  // one with wider rights must not take it
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string line = token + "\n";
  const bool written =
      fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int error = errno;
  if (fd >= 0) {
    ::close(fd);
  }
  return written ? absl::OkStatus()
                 : absl::UnavailableError("cannot write " + path + ": " +
                                          std::generic_category().message(error));
}

void ForgetToken() {
  std::remove(SessionFile().c_str());
}

}  // namespace tw::cli
