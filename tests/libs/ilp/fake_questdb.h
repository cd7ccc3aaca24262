// FakeQuestDb: a real HTTP server on 127.0.0.1 that answers by script and keeps what it was sent.
// Serves one connection at a time on its own thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tw::ilp {

struct FakeReply {
  int status = 204;
  std::string body{};
  bool drop = false;         // close the connection instead of answering
  bool close_after = false;  // answer, then close without a warning
  int delay_ms = 0;
};

class FakeQuestDb {
 public:
  using Answer = std::function<FakeReply(const std::string& target, const std::string& body)>;

  // port 0: any free one. GET /settings is answered with `settings`, and kept out of bodies();
  // where it is empty, by `answer` like the rest.
  explicit FakeQuestDb(Answer answer, uint16_t port = 0, std::string settings = kProtocols12);

  static constexpr char kProtocols12[] = R"({"config":{"line.proto.support.versions":[1,2]}})";
  static constexpr char kProtocol1[] = R"({"config":{"line.proto.support.versions":[1]}})";
  ~FakeQuestDb();

  uint16_t port() const { return port_; }
  std::vector<std::string> bodies() const;
  // The heads of the requests, as they came.
  std::vector<std::string> heads() const;
  int connections() const { return connections_; }

 private:
  void Serve();
  void ServeConnection(int fd);

  Answer answer_;
  const std::string settings_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> bodies_;
  std::vector<std::string> heads_;
  std::thread thread_;
};

}  // namespace tw::ilp
