// backup, restore: the whole platform into a folder while it runs, and back.
#include <fmt/format.h>

#include <memory>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/questdb/pool.h"
#include "services/cli/backup/backup.h"
#include "services/cli/commands.h"
#include "services/cli/questdb_options.h"

namespace tw::cli {
namespace {

constexpr const char* kDataDir = "data";

struct BackupArguments {
  std::string folder;
  std::string data_dir;
  std::string stop_max = "500ms";
  bool verify = false;
  bool no_questdb = false;
};

std::string DefaultDataDir() {
  return config::Environment("TRADEWIND_DATA").value_or(kDataDir);
}

Say ToErrors(Context& context, const std::string& name) {
  return [&context, name](const std::string& line) {
    context.err() << name << ": " << line << "\n" << std::flush;
  };
}

// QuestDB's side of a backup, by its SQL port.
class History {
 public:
  History() : pool_(Options()) {}

  absl::Status Answers() { return pool_.Query("select 1").status(); }
  absl::Status Checkpoint() {
    const absl::Status made = pool_.Query("CHECKPOINT CREATE").status();
    if (made.ok() || !absl::IsInvalidArgument(made)) {
      return Named(made);
    }
    // One is left of a backup that was killed: no other is under way, they take turns.
    TW_RETURN_IF_ERROR(Release());
    return Named(pool_.Query("CHECKPOINT CREATE").status());
  }
  absl::Status Release() { return Named(pool_.Query("CHECKPOINT RELEASE").status()); }

 private:
  static questdb::PoolOptions Options() {
    questdb::PoolOptions options = QuestDbOptions();
    options.query_timeout = Duration::Seconds(120);
    return options;
  }
  static absl::Status Named(const absl::Status& status) {
    return status.ok() ? status
                       : absl::Status(status.code(), "questdb at " + config::QuestDbPg() + ": " +
                                                         std::string(status.message()));
  }

  questdb::Pool pool_;
};

void Print(Context& context,
           const std::string& folder,
           const Manifest& manifest,
           const char* word) {
  if (context.json) {
    context.out() << EncodeManifest(manifest);
    return;
  }
  context.out() << fmt::format("{} {}: {} files, {:.1f} MB, as of {}, {}\n", folder, word,
                               manifest.files.size(),
                               static_cast<double>(manifest.stored_bytes()) / 1e6, manifest.cut_at,
                               manifest.questdb ? "with QuestDB" : "without QuestDB");
}

int Verify(Context& context, const std::string& folder) {
  const absl::StatusOr<Manifest> manifest = ReadManifest(folder);
  if (!manifest.ok()) {
    return context.Fail(manifest.status());
  }
  if (const absl::Status sound = VerifyBackup(folder, *manifest); !sound.ok()) {
    return context.Fail(sound);
  }
  Print(context, folder, *manifest, "is whole");
  return kOk;
}

int RunBackup(Context& context, const BackupArguments& arguments) {
  if (arguments.verify) {
    return Verify(context, arguments.folder);
  }
  const absl::StatusOr<Duration> stop_max = ParseSpan(arguments.stop_max);
  if (!stop_max.ok() || stop_max->ns <= 0 || *stop_max > Duration::Seconds(10)) {
    return context.Usage(absl::InvalidArgumentError("--stop-max: from 1ms to 10s"));
  }
  const Say say = ToErrors(context, "backup");
  BackupOptions options;
  options.data_dir = arguments.data_dir;
  options.target = arguments.folder;
  options.version = kVersion;
  options.stop_max = *stop_max;
  History history;
  if (!arguments.no_questdb) {
    if (const absl::Status answers = history.Answers(); answers.ok()) {
      options.checkpoint = [&history] { return history.Checkpoint(); };
      options.release = [&history] { return history.Release(); };
    } else {
      say("QuestDB does not answer and is left out; its tables of orders will be written anew from "
          "the "
          "ledger, ticks of before are not in this backup");
    }
  }
  const absl::StatusOr<Manifest> manifest = Backup(options, say);
  if (!manifest.ok()) {
    return context.Fail(manifest.status());
  }
  Print(context, arguments.folder, *manifest, "holds the platform");
  return kOk;
}

int RunRestore(Context& context, const BackupArguments& arguments) {
  const absl::StatusOr<Manifest> manifest =
      Restore({arguments.folder, arguments.data_dir}, ToErrors(context, "restore"));
  if (!manifest.ok()) {
    return context.Fail(manifest.status());
  }
  Print(context, arguments.data_dir, *manifest, "is restored");
  return kOk;
}

}  // namespace

void AddBackupCommands(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<BackupArguments>();
  arguments->data_dir = DefaultDataDir();

  CLI::App* backup = app.add_subcommand(
      "backup",
      "Copy the platform's whole state into a folder, while it runs; or check such a folder");
  backup->add_option("DIR", arguments->folder, "new or empty")->required();
  backup->add_flag("--verify", arguments->verify,
                   "copy nothing: check DIR against its manifest, byte by byte");
  backup->add_flag(
      "--no-questdb", arguments->no_questdb,
      "leave QuestDB's files out; after a restore its tables of orders are written anew");
  backup->add_option("--data-dir", arguments->data_dir,
                     "the platform's (default $TRADEWIND_DATA, else data)");
  backup->add_option(
      "--stop-max", arguments->stop_max,
      "how long the platform may stand still for the last few bytes (default 500ms)");
  backup->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return RunBackup(context, *arguments); };
  });

  CLI::App* restore = app.add_subcommand(
      "restore", "Make a data folder of a backup; deploy/up --data-dir starts it");
  restore->add_option("DIR", arguments->folder, "the backup")->required();
  restore->add_option("--data-dir", arguments->data_dir,
                      "new or empty (default $TRADEWIND_DATA, else data)");
  restore->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return RunRestore(context, *arguments); };
  });
}

}  // namespace tw::cli
