#include "libs/http/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/http/client.h"

namespace tw::http {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("static_files_" + std::to_string(getpid()));
    fs::create_directories(folder_ / "assets");
    fs::create_directories(folder_ / ".git");
    Write("index.html", "<html>");
    Write("assets/app.js", "let a = 1;");
    Write(".secret", "s");
    Write(".git/config", "s");
    std::ofstream(folder_.string() + ".outside") << "outside";
  }
  void TearDown() override {
    fs::remove_all(folder_);
    fs::remove(folder_.string() + ".outside");
  }

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
  }

  fs::path folder_;
};

TEST_F(StaticFilesTest, AreServedBehindTheRoutes) {
  auto files = StaticFiles::LoadFolder(folder_.string());
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->size(), 2U);
  Server server({});
  server.Get("/status", [](const Request&) { return Json("1"); });
  Mount(server, std::make_shared<StaticFiles>(*std::move(files)));
  ASSERT_TRUE(server.Start().ok());
  Client client("127.0.0.1:" + std::to_string(server.port()));
  const auto get = [&](const std::string& target, const NameValues& headers = {}) {
    return *client.Fetch("GET", target, "", Duration::Seconds(5), headers);
  };

  EXPECT_EQ(get("/").body, "<html>");
  EXPECT_EQ(get("/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(get("/assets/app.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/status").body, "1");
  for (const char* target : {"/.secret", "/.git/config", "/nothing", "/assets",
                             "/../static_files.outside", "/%2e%2e/x", "/assets/..%2findex.html"}) {
    EXPECT_EQ(get(target).status, 404) << target;
  }

  const std::string etag(get("/").Header("ETag").value_or(""));
  EXPECT_EQ(get("/", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(get("/", {{"If-None-Match", etag}}).body, "");
  EXPECT_EQ(get("/", {{"If-None-Match", "\"other\""}}).status, 200);
  EXPECT_NE(get("/assets/app.js").Header("ETag"), etag);
}

TEST_F(StaticFilesTest, AMissingFolderIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(StaticFiles::LoadFolder("/nonexistent/folder").status()));
}

TEST(StaticFilesMemoryTest, ServesWhatWasBuiltIn) {
  StaticFiles files;
  files.Add("index.html", "x");
  EXPECT_EQ(files.Serve("", Request{}).body, "x");
  EXPECT_EQ(files.Serve("no", Request{}).status, 404);
}

TEST(StaticFilesMemoryTest, APackedFileGoesToWhoeverTakesIt) {
  StaticFiles files;
  files.Add("app.js", "plain", "packed");
  const auto get = [&](const std::string& accepted, const std::string& tag = "") {
    Request request;
    request.headers = {{"Accept-Encoding", accepted}, {"If-None-Match", tag}};
    return files.Serve("app.js", request);
  };
  for (const char* const accepted : {"gzip", "br, gzip;q=0.5", "deflate, gzip, br"}) {
    EXPECT_EQ(get(accepted).body, "packed") << accepted;
    EXPECT_EQ(get(accepted).Header("Content-Encoding"), "gzip");
  }
  for (const char* const accepted : {"", "br", "gzip;q=0", "gzip;q=0.0, br", "identity"}) {
    EXPECT_EQ(get(accepted).body, "plain") << accepted;
    EXPECT_FALSE(get(accepted).Header("Content-Encoding").has_value());
  }
  EXPECT_EQ(get("gzip").Header("Vary"), "Accept-Encoding");
  const std::string packed(get("gzip").Header("ETag").value_or(""));
  EXPECT_EQ(get("gzip", packed).status, 304);
  EXPECT_EQ(get("br", packed).status, 200) << "the other form of it";
}

TEST(StaticFilesMemoryTest, SaysHowLongAFileIsGood) {
  StaticFiles files;
  files.Add("index.html", "x", "", Caching::kNever);
  files.Add("app-1f.js", "x", "", Caching::kForever);
  files.Add("icon.svg", "x");
  const auto caching = [&](const char* path) {
    return std::string(files.Serve(path, Request{}).Header("Cache-Control").value_or(""));
  };
  EXPECT_EQ(caching(""), "no-store");
  EXPECT_EQ(caching("app-1f.js"), "public, max-age=31536000, immutable");
  EXPECT_EQ(caching("icon.svg"), "no-cache");
}

}  // namespace
}  // namespace tw::http
