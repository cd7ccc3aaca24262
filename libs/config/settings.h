// Settings: what a service is told, from flags, environment and a TOML file, in that order of
// precedence, read by name and type with every fault collected before the service gives up.
//
//   TW_ASSIGN_OR_RETURN(Settings settings, Settings::Load(argc, argv, "oms", "Owns every order."));
//   config.queue_max = settings.Int("queue-max", 4096, 1, 65536, "orders waiting at most");
//   TW_RETURN_IF_ERROR(settings.Finish());
//
// For the key "queue-max" of service "oms":
//   flag          --queue-max 100
//   environment   TRADEWIND_OMS_QUEUE_MAX=100
//   file          [oms] queue_max = 100        ([common] holds for every service; '-' and '_'
//   alike)
//
// Common keys, known to every service and read by Load: config, data-dir, listen, http-port,
// grpc-port, log-level, instruments, accounts, transport, security, tls-dir, cpus, spin-us. All but
// the ports, cpus and spin also come from TRADEWIND_<KEY> (data-dir from TRADEWIND_DATA). One
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::config {

class Settings {
 public:
  // Fails when there is nothing to read from: a broken command line, an unreadable or malformed
  // file. What is wrong with single values waits for Finish.
  static absl::StatusOr<Settings> Load(int argc,
                                       const char* const* argv,
                                       std::string_view service,
                                       std::string_view purpose);
  Settings(Settings&&) noexcept;
  Settings& operator=(Settings&&) noexcept;
  ~Settings();

  // Each returns `fallback` when the key is nowhere or its value is at fault. Bounds are inclusive.
  // An empty text is a value.
  std::string String(std::string_view key, std::string_view fallback, std::string_view help);
  int64_t Int(
      std::string_view key, int64_t fallback, int64_t min, int64_t max, std::string_view help);
  bool Bool(std::string_view key, bool fallback, std::string_view help);
  // Whole milliseconds; the key ends in "-ms".
  Duration Ms(
      std::string_view key, int64_t fallback, int64_t min, int64_t max, std::string_view help);
  // A TOML array of strings, or one text with commas.
  std::vector<std::string> Strings(std::string_view key,
                                   const std::vector<std::string>& fallback,
                                   std::string_view help);
  // Reports a fault of the caller's own finding ("tick_ms is above window_ms").
  void Fault(std::string_view key, std::string_view what);

  // Call once, after the last read. OK; or InvalidArgument with every fault, a line each, unknown
  // flags and keys among them; or Cancelled with a text for stdout when --help or --version was
  // given. ExitCode() prints either and says how to exit.
  absl::Status Finish();

  const std::string& service() const;
  const std::string& data_dir() const;  // of the platform; the service's own is data_dir/service
  const std::string& listen() const;    // address to bind, default 127.0.0.1
  uint16_t http_port() const;           // default by ports.h; 0: any free one
  uint16_t grpc_port() const;
  const std::string& log_level() const;    // "debug", "info", "warn" or "error"
  const std::string& instruments() const;  // path, default deploy/config/instruments.toml
  const std::string& accounts() const;     // path, default deploy/config/accounts.toml
  // Callers sign in, services show certificates: DESIGN section 5.3.
  bool secure() const;
  // Where certificates lie, NAME.crt, NAME.key and ca.crt; empty: plain text.
  const std::string& tls_dir() const;
  // Services of one machine find each other by Unix sockets instead of TCP.
  bool unix_sockets() const;
  // Processors that the process may run on; empty: all.
  const std::vector<int>& cpus() const;
  // How long those processors spin after a message before they sleep; zero: not at all.
  Duration spin() const;

 private:
  struct State;
  explicit Settings(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Prints why Load or Finish did not return OK: help and version to stdout and 0, faults to stderr
// and 78 (EX_CONFIG). REQUIRES: !status.ok().
int ExitCode(const absl::Status& status);

}  // namespace tw::config
