#include "tests/libs/questdb/questdb_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "libs/questdb/schema.h"

namespace tw::questdb {
namespace {

uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

std::string QuestDbServer::JarPath() {
  if (const char* path = std::getenv("TRADEWIND_TEST_QUESTDB_JAR"); path != nullptr) {
    return path;
  }
  const std::string built = std::string(TW_SOURCE_DIR) + "/build/questdb/questdb.jar";
  return std::filesystem::exists(built) ? built : std::string();
}

QuestDbServer::QuestDbServer(const std::string& jar)
    : jar_(jar),
      dir_(::testing::TempDir() + "questdb_" + std::to_string(::getpid())),
      http_port_(FreePort()),
      sql_port_(FreePort()) {
  std::filesystem::remove_all(dir_);
  std::filesystem::create_directories(dir_);
  Start();
}

QuestDbServer::~QuestDbServer() {
  Kill();
  std::filesystem::remove_all(dir_);
}

ilp::HttpEndpoint QuestDbServer::http() const {
  return {.host = "127.0.0.1", .port = http_port_};
}

PoolOptions QuestDbServer::sql() const {
  return {.host = "127.0.0.1", .port = sql_port_};
}

void QuestDbServer::Start() {
  const std::vector<std::string> settings = {
      "QDB_HTTP_BIND_TO=127.0.0.1:" + std::to_string(http_port_),
      "QDB_PG_NET_BIND_TO=127.0.0.1:" + std::to_string(sql_port_),
      "QDB_HTTP_MIN_ENABLED=false",
      "QDB_LINE_TCP_ENABLED=false",
      "QDB_TELEMETRY_ENABLED=false",
      "QDB_LINE_AUTO_CREATE_NEW_TABLES=false",
      "QDB_LINE_AUTO_CREATE_NEW_COLUMNS=false"};
  const std::string log = dir_ + "/server.log";
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const std::string& setting : settings) {
      ::putenv(const_cast<char*>(setting.c_str()));
    }
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execlp("java", "java", "-Xmx512m", "-p", jar_.c_str(), "-m",
             "io.questdb/io.questdb.ServerMain", "-d", dir_.c_str(), nullptr);
    ::_exit(127);
  }
  ilp::HttpConnection connection(http());
  for (int i = 0; i < 600; ++i) {
    if (Execute(connection, "SELECT 1").ok()) {
      return;
    }
    ::usleep(100'000);
  }
  ADD_FAILURE() << "QuestDB did not start; see " << log;
}

void QuestDbServer::Stop() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

void QuestDbServer::Suspend() {
  ::kill(pid_, SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);  // its threads run on for a moment otherwise
}

void QuestDbServer::Resume() {
  ::kill(pid_, SIGCONT);
}

void QuestDbServer::Kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

}  // namespace tw::questdb
