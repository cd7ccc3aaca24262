// QuestDbServer: a real QuestDB for one test program, on free ports of 127.0.0.1, in a folder of
// its own under TempDir.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libs/ilp/http_connection.h"
#include "libs/questdb/pool.h"

namespace tw::questdb {

class QuestDbServer {
 public:
  // The server's jar: $TRADEWIND_TEST_QUESTDB_JAR, else build/questdb/questdb.jar; empty: neither.
  static std::string JarPath();

  // Starts it and waits until it answers; fails the test if it does not within a minute.
  explicit QuestDbServer(const std::string& jar);
  ~QuestDbServer();

  void Start();    // again, after Kill
  void Kill();     // -9
  void Stop();     // as an operator does, and waits for its end
  void Suspend();  // it keeps its connections and does nothing from the return on
  void Resume();

  ilp::HttpEndpoint http() const;
  PoolOptions sql() const;

 private:
  std::string jar_;
  std::string dir_;
  uint16_t http_port_;
  uint16_t sql_port_;
  pid_t pid_ = -1;
};

}  // namespace tw::questdb
