// QuestDBs for the tests of services that write to it: one that answers by script, and the real
// one.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/questdb/schema.h"
#include "tests/libs/ilp/fake_questdb.h"
#include "tests/libs/questdb/questdb_server.h"

namespace tw::testing {

// Takes any rows while it is up, answers 503 while it is down. It speaks protocol v1 only, so that
// what it was sent can be read.
class ScriptedQuestDb {
 public:
  explicit ScriptedQuestDb(bool up = true)
      : up_(up),
        server_(
            [this](const std::string& target, const std::string&) {
              if (!up_) {
                return ilp::FakeReply{.status = 503, .body = "away"};
              }
              if (target.starts_with("/exec")) {  // an empty table of which every column is missing
                return ilp::FakeReply{
                    .status = 200,
                    .body =
                        R"({"columns":[{"name":"column"},{"name":"type"},{"name":"upsertKey"}],)"
                        R"("dataset":[]})"};
              }
              return ilp::FakeReply{};
            },
            0,
            ilp::FakeQuestDb::kProtocol1) {}

  void SetUp(bool up) { up_ = up; }
  std::vector<std::string> Flags() const {
    return {"--questdb-http", "127.0.0.1:" + std::to_string(server_.port()), "--batch-age-ms", "5"};
  }
  // All it was sent, in the order of arrival.
  std::string Text() const {
    std::string text;
    for (const std::string& body : server_.bodies()) {
      text += body;
    }
    return text;
  }
  // Every line it was sent, refused ones too, in the order of arrival.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const std::string& body : server_.bodies()) {
      for (size_t begin = 0, end = 0; begin < body.size(); begin = end + 1) {
        end = std::min(body.find('\n', begin), body.size());
        lines.push_back(body.substr(begin, end - begin));
      }
    }
    return lines;
  }

 private:
  std::atomic<bool> up_;
  ilp::FakeQuestDb server_;
};

// The real server, shared by the tests of a program; they are skipped where there is no jar.
class RealQuestDb : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (const std::string jar = questdb::QuestDbServer::JarPath(); !jar.empty()) {
      server_ = new questdb::QuestDbServer(jar);
    }
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override {
    if (server_ == nullptr) {
      GTEST_SKIP() << "needs the QuestDB server: set TRADEWIND_TEST_QUESTDB_JAR to its jar, or run "
                      "deploy/up, which puts it into build/questdb/questdb.jar";
    }
    for (const questdb::Table& table : questdb::Tables()) {
      Sql("DROP TABLE IF EXISTS \"" + std::string(table.name) + "\"");
    }
  }

  static std::vector<std::string> Flags() {
    return {"--questdb-http", "127.0.0.1:" + std::to_string(server_->http().port)};
  }
  static nlohmann::json Sql(const std::string& sql) {
    ilp::HttpConnection connection(server_->http());
    const auto answer = questdb::Execute(connection, sql);
    return answer.ok() ? nlohmann::json::parse(*answer) : nlohmann::json();
  }
  // -1: no such table.
  static int64_t Count(const std::string& from) {
    const nlohmann::json answer = Sql("SELECT count() FROM " + from);
    return answer.is_object() ? answer["dataset"][0][0].get<int64_t>() : -1;
  }
  // Committed rows reach the readers a moment later; more than expected would show a moment later
  // still.
  static int64_t CountUntil(const std::string& from, int64_t expected) {
    int64_t count = -1;
    for (int i = 0; i < 600 && (count = Count(from)) != expected; ++i) {
      ::usleep(50'000);
    }
    ::usleep(100'000);
    return count == expected ? Count(from) : count;
  }

  inline static questdb::QuestDbServer* server_ = nullptr;
};

}  // namespace tw::testing
