#include "libs/app/app.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace tw::app {
namespace {

// Writes down what is called; its Prepare fails, as with a file that is not there.
class Unprepared final : public Service {
 public:
  explicit Unprepared(std::string& calls) : calls_(calls) {}
  ~Unprepared() override { calls_ += "gone "; }
  void Configure(config::Settings&) override { calls_ += "configure "; }
  absl::Status Prepare(Context&) override {
    calls_ += "prepare ";
    return absl::NotFoundError("types.toml: No such file or directory");
  }
  absl::Status Start(Context&) override {
    calls_ += "start ";
    return absl::OkStatus();
  }
  void Stop() override { calls_ += "stop "; }

 private:
  std::string& calls_;
};

TEST(RunTest, AServiceThatCannotPrepareIsNeitherStartedNorStopped) {
  const std::string folder = ::testing::TempDir() + "app_test";
  const std::string config = TW_SOURCE_DIR "/deploy/config";
  const std::vector<std::string> arguments = {"pnl",
                                              "--data-dir",
                                              folder,
                                              "--instruments",
                                              config + "/instruments.toml",
                                              "--accounts",
                                              config + "/accounts.toml"};
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(argument.c_str());
  }
  std::string calls;
  EXPECT_EQ(app::Run(static_cast<int>(argv.size()), argv.data(), "pnl", "Tests.",
                     std::make_unique<Unprepared>(calls)),
            1);
  EXPECT_EQ(calls, "configure prepare gone ");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tw::app
