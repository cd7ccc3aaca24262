// Files of records: by HTTP, and by `tradewind alt upload`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "libs/http/client.h"
#include "libs/json/json.h"
#include "libs/testing/service_host.h"
#include "services/cli/alt_upload.h"
#include "services/sink-alt/service.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::sink_alt {
namespace {

namespace v1 = tradewind::v1;
using ::testing::HasSubstr;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

constexpr char kHeader[] = "time,category,source,symbols,title,value\n";

std::string CsvRecords(int first, int last) {
  std::string text;
  for (int n = first; n <= last; ++n) {
    text += "2026-11-23T14:00:00Z,news,wire,\"BTCUSDT,IBM\",\"No. " + std::to_string(n) +
            ", with \"\"quotes\"\"\nand a second line\",0.5\n";
  }
  return text;
}

class UploadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> flags = questdb_.Flags();
    flags.insert(flags.end(), {"--types", TW_ALT_TYPES_FILE});
    host_ = std::make_unique<ServiceHost>("sink-alt", std::make_unique<AltService>(), flags);
    host_->Start();
    ASSERT_TRUE(host_->WaitReady());
  }
  http::Response Post(const std::string& target,
                      const std::string& body,
                      const std::string& type = "text/csv") {
    auto response = http::Fetch("POST", host_->http_address(), target, body, Duration::Seconds(20),
                                {{"Content-Type", type}});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : http::Response();
  }
  // Its state when it is done.
  v1::Upload Done(const http::Response& accepted) {
    EXPECT_EQ(accepted.status, 202) << accepted.body;
    v1::Upload upload;
    EXPECT_TRUE(json::FromJson(accepted.body, &upload).ok());
    EXPECT_TRUE(WaitFor([&] {
      EXPECT_TRUE(json::FromJson(host_->Get("/uploads/" + upload.upload_id()).body, &upload).ok());
      return upload.state() != "checking" && upload.state() != "storing";
    }));
    return upload;
  }
  size_t Rows() {
    EXPECT_EQ(host_->Http("POST", "/flush").status, 200);
    return questdb_.Lines().size();
  }
  absl::StatusOr<cli::AltUploadResult> Upload(const std::string& text, size_t piece_bytes) {
    const std::string path = ::testing::TempDir() + "tw-upload-" + std::to_string(::getpid());
    std::ofstream(path, std::ios::binary) << text;
    cli::AltUploadOptions options;
    options.address = host_->http_address();
    options.piece_bytes = piece_bytes;
    options.on_progress = [this](const std::string& state, int percent, int64_t) {
      progress_ += state + " " + std::to_string(percent) + ";";
    };
    return cli::UploadAlt(path, options);
  }

  tw::testing::ScriptedQuestDb questdb_;
  std::unique_ptr<ServiceHost> host_;
  std::string progress_;
};

TEST_F(UploadTest, ACsvFileIsStoredAndItsStateCanBeAsked) {
  v1::Upload upload = Done(Post("/uploads", kHeader + CsvRecords(1, 1'200)));
  EXPECT_EQ(upload.state(), "done") << upload.reason();
  EXPECT_EQ(upload.format(), "csv");
  EXPECT_EQ(upload.records(), 1'200);
  EXPECT_EQ(upload.lines(), 2'401);
  EXPECT_EQ(upload.accepted(), 1'200);
  EXPECT_EQ(upload.progress(), 1);
  // Again: nothing of it is new.
  upload = Done(Post("/uploads", kHeader + CsvRecords(1'101, 1'300)));
  EXPECT_EQ(upload.accepted(), 100);
  EXPECT_EQ(upload.duplicates(), 100);
  EXPECT_THAT(host_->Get("/uploads").body, HasSubstr("\"duplicates\":100"));
  EXPECT_EQ(host_->Get("/uploads/nope").status, 404);
  EXPECT_EQ(host_->Http("POST", "/flush").status, 200);
  EXPECT_THAT(questdb_.Text(), HasSubstr("No. 7, with \\\"quotes\\\""));
}

TEST_F(UploadTest, JsonLinesToo) {
  const v1::Upload upload =
      Done(Post("/uploads",
                "{\"time\":\"2026-11-23T14:00:00Z\",\"category\":\"news\",\"source\":\"wire\","
                "\"title\":\"a\"}\n\n"
                "{\"time\":\"2026-11-23T14:00:00Z\",\"category\":\"sentiment\",\"source\":\"x\","
                "\"symbols\":[\"IBM\"],\"value\":-0.25}\n",
                "application/x-ndjson"));
  EXPECT_EQ(upload.accepted(), 2) << upload.reason();
}

TEST_F(UploadTest, EveryFaultHasItsLineAndNothingIsTaken) {
  const v1::Upload upload = Done(Post("/uploads", kHeader + CsvRecords(1, 2) +
                                                      "yesterday,news,wire,,x,\n"
                                                      "2026-11-23T14:00:00Z,news,wire,,,1\n"
                                                      "2026-11-23T14:00:00Z,news,wire\n" +
                                                      CsvRecords(3, 3) +
                                                      "2026-11-23T14:00:00Z,sentiment,wire,IBM,,7\n"
                                                      "2026-11-23T14:00:00Z,news,wire,,\"x\"y,\n"));
  EXPECT_EQ(upload.state(), "refused");
  EXPECT_EQ(upload.faults(), 5);
  ASSERT_EQ(upload.fault_list_size(), 5);
  const std::vector<std::pair<int64_t, std::string>> wanted = {
      {6, "time"}, {7, "title"}, {8, "record"}, {11, "value"}, {12, ""}};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(upload.fault_list(i).line(), wanted[static_cast<size_t>(i)].first);
    EXPECT_EQ(upload.fault_list(i).field(), wanted[static_cast<size_t>(i)].second) << i;
  }
  EXPECT_EQ(Rows(), 0U);
}

TEST_F(UploadTest, AHeaderThatCannotBeReadIsSaid) {
  for (const auto& [header, what] : std::vector<std::pair<std::string, std::string>>{
           {"time,category\n", "has no column \"source\""},
           {"time,category,source,colour\n", "no column \"colour\""},
           {"time,time,category,source\n", "has \"time\" twice"},
           {"", "the file is empty"},
           {"time,category,source\n", "there is none"}}) {
    const v1::Upload upload = Done(Post("/uploads", header));
    EXPECT_EQ(upload.state(), "refused");
    ASSERT_EQ(upload.fault_list_size(), 1) << header;
    EXPECT_THAT(upload.fault_list(0).message(), HasSubstr(what));
  }
}

TEST_F(UploadTest, ACheckTakesNothing) {
  const v1::Upload upload = Done(Post("/uploads?check=true", kHeader + CsvRecords(1, 10)));
  EXPECT_EQ(upload.state(), "done");
  EXPECT_EQ(upload.records(), 10);
  EXPECT_EQ(upload.accepted(), 0);
  EXPECT_EQ(Rows(), 0U);
}

TEST_F(UploadTest, WhatItIsMustBeTold) {
  EXPECT_EQ(Post("/uploads", "x", "application/json").status, 400);
  EXPECT_EQ(Post("/uploads", "x", "text/plain").status, 415);
  EXPECT_EQ(Post("/uploads?format=xml", "x").status, 400);
  EXPECT_EQ(Post("/uploads?check=perhaps", "x").status, 400);
  EXPECT_EQ(Post("/uploads?line_offset=x", "x").status, 400);
  EXPECT_EQ(Post("/uploads", std::string(Uploads::kBytesMax + 1, 'x')).status, 413);
  // Larger than a request elsewhere may be.
  EXPECT_EQ(Done(Post("/uploads", std::string(3 << 20, '\n'))).state(), "refused");
}

// The file goes out in pieces of any size; its lines stay its own.
TEST_F(UploadTest, TheCommandCutsAFileIntoPieces) {
  const auto result = Upload(kHeader + CsvRecords(1, 300), 2'000);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->records, 300);
  EXPECT_EQ(result->accepted, 300);
  EXPECT_EQ(result->faults, 0);
  EXPECT_THAT(progress_, HasSubstr("checking 100;storing"));
  EXPECT_THAT(progress_, ::testing::EndsWith("storing 100;"));
}

TEST_F(UploadTest, AFaultInTheLastPieceTakesNothingOfTheFirst) {
  const auto result = Upload(
      kHeader + CsvRecords(1, 100) + "nonsense,news,wire,,x,\n" + CsvRecords(101, 110), 3'000);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->faults, 1);
  ASSERT_EQ(result->fault_list.size(), 1U);
  EXPECT_EQ(result->fault_list[0].line(), 202);
  EXPECT_EQ(Rows(), 0U);
}

TEST_F(UploadTest, TheCommandSaysWhatIsWrongWithTheFile) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      Upload(kHeader + std::string("2026-11-23T14:00:00Z,news,\"") + std::string(9'000, 'x'), 1'000)
          .status()));
  cli::AltUploadOptions options;
  options.address = host_->http_address();
  EXPECT_TRUE(absl::IsNotFound(cli::UploadAlt("/nowhere", options).status()));
}

TEST_F(UploadTest, WhatWasTakenIsKnownAfterARestart) {
  EXPECT_EQ(Done(Post("/uploads", kHeader + CsvRecords(1, 50))).accepted(), 50);
  host_->KeepFolder();
  host_.reset();
  SetUp();
  const v1::Upload upload = Done(Post("/uploads", kHeader + CsvRecords(1, 60)));
  EXPECT_EQ(upload.accepted(), 10);
  EXPECT_EQ(upload.duplicates(), 50);
}

}  // namespace
}  // namespace tw::sink_alt
