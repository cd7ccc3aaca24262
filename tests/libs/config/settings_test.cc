#include "libs/config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/config/cpus.h"
#include "tests/libs/config/temp_file.h"

namespace tw::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<Settings> Load(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "oms");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(argument.c_str());
  }
  return Settings::Load(static_cast<int>(argv.size()), argv.data(), "oms", "Owns every order.");
}

TEST(SettingsTest, StandOnDefaults) {
  auto settings = Load({});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Int("queue-max", 4096, 1, 65536, ""), 4096);
  EXPECT_EQ(settings->String("mode", "live", ""), "live");
  EXPECT_TRUE(settings->Bool("sync", true, ""));
  EXPECT_EQ(settings->Ms("wait-ms", 250, 0, 1000, ""), Duration::Millis(250));
  EXPECT_EQ(settings->data_dir(), "./data");
  EXPECT_EQ(settings->listen(), "127.0.0.1");
  EXPECT_EQ(settings->http_port(), 8099);
  EXPECT_EQ(settings->grpc_port(), 50099);
  EXPECT_EQ(settings->log_level(), "info");
  EXPECT_TRUE(settings->Finish().ok());
}

TEST(SettingsTest, FlagBeatsEnvironmentBeatsFileBeatsCommon) {
  const TempFile file("[common]\na = 1\nb = 1\nc = 1\nd = 1\n[oms]\na = 2\nb = 2\nc = 2\n");
  const ScopedEnvironment a("TRADEWIND_OMS_A", "3");
  const ScopedEnvironment b("TRADEWIND_OMS_B", "3");
  auto settings = Load({"--config", file.path(), "--a=4"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Int("a", 0, 0, 9, ""), 4);
  EXPECT_EQ(settings->Int("b", 0, 0, 9, ""), 3);
  EXPECT_EQ(settings->Int("c", 0, 0, 9, ""), 2);
  EXPECT_EQ(settings->Int("d", 0, 0, 9, ""), 1);
  EXPECT_TRUE(settings->Finish().ok());
}

TEST(SettingsTest, ReadsEveryTypeFromEveryPlace) {
  const TempFile file(
      "[oms]\nqueue_max = 7\nsync = false\nvenues = [\"PAPER\", \"FIX\"]\nname-x = \"n\"\n");
  const ScopedEnvironment env("TRADEWIND_OMS_STREAM_MAX", "8");
  auto settings = Load({"--config", file.path(), "--wait-ms", "9", "--no-fast", "--loud"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Int("queue-max", 1, 1, 10, ""), 7);
  EXPECT_FALSE(settings->Bool("sync", true, ""));
  EXPECT_THAT(settings->Strings("venues", {}, ""), ElementsAre("PAPER", "FIX"));
  EXPECT_THAT(settings->Strings("others", {"a", "b"}, ""), ElementsAre("a", "b"));
  EXPECT_EQ(settings->String("name-x", "", ""), "n");
  EXPECT_EQ(settings->Int("stream-max", 1, 1, 10, ""), 8);
  EXPECT_EQ(settings->Ms("wait-ms", 1, 1, 10, ""), Duration::Millis(9));
  EXPECT_FALSE(settings->Bool("fast", true, ""));
  EXPECT_TRUE(settings->Bool("loud", false, ""));
  EXPECT_TRUE(settings->Finish().ok()) << settings->Finish();
}

TEST(SettingsTest, CommonKeysComeFromTheSharedEnvironment) {
  const ScopedEnvironment data("TRADEWIND_DATA", "/tmp/x");
  const ScopedEnvironment offset("TRADEWIND_PORT_OFFSET", "500");
  auto settings = Load({"--http-port", "0"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->data_dir(), "/tmp/x");
  EXPECT_EQ(settings->http_port(), 0);
  EXPECT_EQ(settings->grpc_port(), 50599);
}

TEST(SettingsTest, TransportAndProcessors) {
  const TempFile file("[common]\ntransport = \"unix\"\ncpus = \"0,2-3\"\nspin_us = 50\n");
  auto settings = Load({"--config", file.path()});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->unix_sockets());
  EXPECT_THAT(settings->cpus(), ElementsAre(0, 2, 3));
  EXPECT_EQ(settings->spin(), Duration::Micros(50));
  EXPECT_TRUE(settings->Finish().ok()) << settings->Finish();

  auto plain = Load({});
  EXPECT_FALSE(plain->unix_sockets());
  EXPECT_THAT(plain->cpus(), ElementsAre());
  EXPECT_EQ(plain->spin(), Duration());

  auto wrong = Load({"--transport", "pigeon", "--cpus", "3-1"});
  const std::string text(wrong->Finish().message());
  EXPECT_THAT(text, HasSubstr("oms.transport: expected tcp or unix, found \"pigeon\""));
  EXPECT_THAT(text, HasSubstr("oms.cpus: expected processors such as 0,2-3, found \"3-1\""));

  auto deep = Load({"--transport", "unix", "--data-dir", "/" + std::string(100, 'd')});
  EXPECT_THAT(std::string(deep->Finish().message()), HasSubstr("unix needs a shorter data-dir"));
}

TEST(CpusTest, AreListsOfNumbersAndRanges) {
  EXPECT_THAT(*ParseCpus(""), ElementsAre());
  EXPECT_THAT(*ParseCpus("1"), ElementsAre(1));
  EXPECT_THAT(*ParseCpus("4-6,0"), ElementsAre(4, 5, 6, 0));
  for (const char* const wrong : {",", "1,", "-1", "1-", "2-1", "1-2-3", "a", "1024", " 1", "+1"}) {
    EXPECT_FALSE(ParseCpus(wrong).has_value()) << wrong;
  }
}

TEST(SettingsTest, CollectsEveryFault) {
  const TempFile file("[oms]\nqueu_max = 5\nwait_ms = 1.5\n[risc]\nx = 1\n[risk]\ny = 1\n");
  const ScopedEnvironment env("TRADEWIND_OMS_DEPTH", "ten");
  const ScopedEnvironment offset("TRADEWIND_PORT_OFFSET", "-3");
  auto settings = Load({"--config", file.path(), "--sync=perhaps", "--http-prot", "1", "stray",
                        "--log-level", "chatty", "--grpc-port", "70000"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Int("queue-max", 3, 1, 10, ""), 3);
  EXPECT_EQ(settings->Int("depth", 4, 1, 10, ""), 4);
  EXPECT_EQ(settings->Ms("wait-ms", 5, 0, 10, ""), Duration::Millis(5));
  EXPECT_TRUE(settings->Bool("sync", true, ""));
  settings->Fault("depth", "is above queue-max");
  const absl::Status status = settings->Finish();
  ASSERT_TRUE(absl::IsInvalidArgument(status));
  const std::string text(status.message());
  EXPECT_THAT(text, HasSubstr(":2: oms: unknown key \"queu_max\" (did you mean \"queue-max\"?)"));
  EXPECT_THAT(text, HasSubstr("oms.depth: expected a whole number from 1 to 10, found \"ten\" "
                              "(from TRADEWIND_OMS_DEPTH)"));
  EXPECT_THAT(text, HasSubstr("oms.wait-ms: is neither"));
  EXPECT_THAT(text, HasSubstr("no such table \"risc\" (did you mean \"risk\"?)"));
  EXPECT_THAT(text, HasSubstr("TRADEWIND_PORT_OFFSET"));
  EXPECT_THAT(text, HasSubstr("oms.sync: expected true or false, found \"perhaps\""));
  EXPECT_THAT(text, HasSubstr("unknown flag --http-prot (did you mean \"http-port\"?)"));
  EXPECT_THAT(text, HasSubstr("unexpected argument \"stray\""));
  EXPECT_THAT(text, HasSubstr("oms.log-level"));
  EXPECT_THAT(text, HasSubstr("oms.grpc-port: expected a whole number from 0 to 65535"));
  EXPECT_THAT(text, HasSubstr("oms.depth: is above queue-max"));
  EXPECT_EQ(ExitCode(status), 78);
}

TEST(SettingsTest, AFlagTwiceOrWithoutItsValueIsAFault) {
  auto settings = Load({"--depth", "1", "--depth", "2", "--width"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Int("depth", 4, 1, 10, ""), 4);
  EXPECT_EQ(settings->Int("width", 5, 1, 10, ""), 5);
  const std::string text(settings->Finish().message());
  EXPECT_THAT(text, HasSubstr("oms.depth: "));
  EXPECT_THAT(text, HasSubstr("oms.width: "));
  EXPECT_THAT(text, Not(HasSubstr("unknown flag")));
}

TEST(SettingsTest, AFileThatIsMissingOrBrokenStopsTheLoad) {
  EXPECT_TRUE(absl::IsNotFound(Load({"--config", "/nonexistent/x.toml"}).status()));
  const TempFile broken("[oms\n");
  const auto settings = Load({"--config", broken.path()});
  ASSERT_TRUE(absl::IsInvalidArgument(settings.status()));
  EXPECT_THAT(std::string(settings.status().message()), HasSubstr(broken.path() + ":1"));
}

TEST(SettingsTest, HelpListsEveryKeyAndVersionNamesTheService) {
  auto settings = Load({"--help"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  settings->Int("queue-max", 4096, 1, 65536, "orders waiting at most");
  const absl::Status help = settings->Finish();
  ASSERT_TRUE(absl::IsCancelled(help));
  EXPECT_THAT(std::string(help.message()), HasSubstr("Owns every order."));
  EXPECT_THAT(std::string(help.message()), HasSubstr("--queue-max"));
  EXPECT_THAT(std::string(help.message()), HasSubstr("orders waiting at most (default 4096)"));
  EXPECT_THAT(std::string(help.message()), HasSubstr("--data-dir"));
  EXPECT_EQ(ExitCode(help), 0);

  const absl::Status version = Load({"--version"})->Finish();
  EXPECT_TRUE(absl::IsCancelled(version));
  EXPECT_THAT(std::string(version.message()), HasSubstr("oms 0."));
}

}  // namespace
}  // namespace tw::config
