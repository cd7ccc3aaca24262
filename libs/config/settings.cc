#include "libs/config/settings.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "libs/base/status_macros.h"
#include "libs/config/cpus.h"
#include "libs/config/environment.h"
#include "libs/config/nearest.h"
#include "libs/config/ports.h"
#include "libs/config/toml_file.h"
#include "libs/log/log.h"

namespace tw::config {
namespace {

constexpr std::string_view kVersion = "0.1.0";
constexpr int kExitConfig = 78;  // EX_CONFIG of sysexits.h

// Keys are written with dashes; files may write underscores.
std::string Dashed(std::string_view key) {
  std::string dashed(key);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return dashed;
}

// A value as found, before anyone says which type it should have.
struct Found {
  std::string text;    // for arrays: elements joined by ','
  std::string source;  // "flag --queue-max", "TRADEWIND_OMS_QUEUE_MAX", "oms.toml:3"
  bool sound = true;   // false when a table or a mixed array stands where a value belongs
};

std::optional<bool> ParseBool(const std::string& text) {
  if (text == "true" || text == "1") {
    return true;
  }
  if (text == "false" || text == "0") {
    return false;
  }
  return std::nullopt;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    out += (out.empty() ? "" : ",") + part;
  }
  return out;
}

}  // namespace

struct Settings::State {
  std::string service;
  std::string purpose;
  std::vector<std::string> rest;  // of the command line: not read so far
  std::string path;               // of the file, empty when there is none
  toml::table file;
  std::vector<std::string> keys;  // every key asked for, dashed
  std::vector<std::string> help;  // a line for each
  std::vector<std::string> faults;
  bool help_wanted = false;
  bool version_wanted = false;

  std::string data_dir, listen, log_level, instruments, accounts;
  bool unix_sockets = false;
  bool secure = false;
  std::string tls_dir;
  std::vector<int> cpus;
  Duration spin;
  uint16_t http_port = 0;
  uint16_t grpc_port = 0;

  void Fault(std::string_view key, const std::string& what) {
    faults.push_back(fmt::format("{}.{}: {}", service, key, what));
  }
  void Know(std::string_view key, const std::string& fallback, std::string_view text) {
    keys.push_back(Dashed(key));
    help.push_back(fmt::format("  --{:<22} {}{}", keys.back(), text,
                               fallback.empty() ? "" : " (default " + fallback + ")"));
  }

  std::optional<std::string> TakeFlag(const std::string& key, bool is_switch);
  const toml::node* InFile(std::string_view table, const std::string& key) const;
  std::optional<Found> FromFile(const std::string& key) const;
  // `shared` names a variable that holds for all services, empty for none.
  std::optional<Found> Find(std::string_view key, bool is_switch, const std::string& shared);
  std::string Text(std::string_view key,
                   std::string_view fallback,
                   std::string_view text,
                   const std::string& shared);
  int64_t Number(
      std::string_view key, int64_t fallback, int64_t min, int64_t max, std::string_view text);
  absl::Status OpenFile();
  void ReadCommon();
  void ReadTransport();
  void ReadCpus();
  void RefuseUnknown();
};

// Hands the rest of the command line to CLI11 with this one option, and keeps what it leaves.
std::optional<std::string> Settings::State::TakeFlag(const std::string& key, bool is_switch) {
  try {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::string value;
    const CLI::Option* option = is_switch ? app.add_flag("--" + key + ",!--no-" + key, value)
                                          : app.add_option("--" + key, value);
    std::vector<std::string> reversed(rest.rbegin(), rest.rend());
    app.parse(std::move(reversed));
    rest = app.remaining();
    return option->count() > 0 ? std::optional<std::string>(value) : std::nullopt;
  } catch (const CLI::Error& error) {
    Fault(key, error.what());
    return std::nullopt;
  }
}

const toml::node* Settings::State::InFile(std::string_view table, const std::string& key) const {
  const toml::table* entries = file[table].as_table();
  if (entries == nullptr) {
    return nullptr;
  }
  for (const auto& [name, node] : *entries) {
    if (Dashed(name.str()) == key) {
      return &node;
    }
  }
  return nullptr;
}

std::optional<Found> Settings::State::FromFile(const std::string& key) const {
  const toml::node* node = InFile(service, key);
  if (node == nullptr) {
    node = InFile("common", key);
  }
  if (node == nullptr) {
    return std::nullopt;
  }
  Found found{"", fmt::format("{}:{}", path, node->source().begin.line)};
  if (const toml::array* list = node->as_array()) {
    for (const toml::node& entry : *list) {
      found.sound = found.sound && entry.is_string();
      found.text += (found.text.empty() ? "" : ",") + entry.value_or(std::string());
    }
  } else if (node->is_string()) {
    found.text = *node->value<std::string>();
  } else if (node->is_integer()) {
    found.text = std::to_string(*node->value<int64_t>());
  } else if (node->is_boolean()) {
    found.text = *node->value<bool>() ? "true" : "false";
  } else {
    found.sound = false;
  }
  return found;
}

std::optional<Found> Settings::State::Find(std::string_view key,
                                           bool is_switch,
                                           const std::string& shared) {
  const std::string dashed = Dashed(key);
  if (const auto flag = TakeFlag(dashed, is_switch)) {
    return Found{*flag, "flag --" + dashed};
  }
  const std::string own = EnvironmentName({"TRADEWIND", service, dashed});
  for (const std::string& variable : {own, shared}) {
    if (const auto value = variable.empty() ? std::nullopt : Environment(variable)) {
      return Found{*value, variable};
    }
  }
  std::optional<Found> found = FromFile(dashed);
  if (found && !found->sound) {
    Fault(key, fmt::format("is neither text, whole number, boolean nor list of texts (from {})",
                           found->source));
    return std::nullopt;
  }
  return found;
}

std::string Settings::State::Text(std::string_view key,
                                  std::string_view fallback,
                                  std::string_view text,
                                  const std::string& shared) {
  Know(key, std::string(fallback), text);
  const std::optional<Found> found = Find(key, false, shared);
  return found ? found->text : std::string(fallback);
}

int64_t Settings::State::Number(
    std::string_view key, int64_t fallback, int64_t min, int64_t max, std::string_view text) {
  Know(key, std::to_string(fallback), text);
  const std::optional<Found> found = Find(key, false, "");
  if (!found) {
    return fallback;
  }
  int64_t value = 0;
  const char* end = found->text.data() + found->text.size();
  const auto [stopped, error] = std::from_chars(found->text.data(), end, value);
  if (error != std::errc() || stopped != end || value < min || value > max) {
    Fault(key, fmt::format("expected a whole number from {} to {}, found \"{}\" (from {})", min,
                           max, found->text, found->source));
    return fallback;
  }
  return value;
}

absl::Status Settings::State::OpenFile() {
  path = Text("config", "", "TOML file with a table for the service", "TRADEWIND_CONFIG");
  if (path.empty() || help_wanted || version_wanted) {
    return absl::OkStatus();
  }
  TW_ASSIGN_OR_RETURN(TomlFile read, ReadToml(path));
  file = std::move(read.root);
  return absl::OkStatus();
}

void Settings::State::ReadCommon() {
  data_dir = Text("data-dir", "./data", "folder of all state", "TRADEWIND_DATA");
  listen = Text("listen", "127.0.0.1", "address to bind", "TRADEWIND_LISTEN");
  log_level = Text("log-level", "info", "debug, info, warn or error", "TRADEWIND_LOG_LEVEL");
  if (!log::ParseLevel(log_level)) {
    Fault("log-level", fmt::format("expected debug, info, warn or error, found \"{}\"", log_level));
    log_level = "info";
  }
  instruments = Text("instruments", "deploy/config/instruments.toml", "what can be traded",
                     "TRADEWIND_INSTRUMENTS");
  accounts = Text("accounts", "deploy/config/accounts.toml", "who may trade", "TRADEWIND_ACCOUNTS");

  ReadTransport();
  ReadCpus();
  const absl::StatusOr<int> offset = PortOffset();
  if (!offset.ok()) {
    faults.emplace_back(offset.status().message());
  }
  const auto* ports = std::find_if(kServices.begin(), kServices.end(),
                                   [&](const ServicePorts& p) { return p.name == service; });
  const bool known = ports != kServices.end() && offset.ok();
  http_port = static_cast<uint16_t>(Number("http-port", known ? ports->http + *offset : 0, 0,
                                           65'535, "HTTP port, 0 for any free one"));
  grpc_port = static_cast<uint16_t>(Number("grpc-port", known ? ports->grpc + *offset : 0, 0,
                                           65'535, "gRPC port, 0 for any free one"));
}

void Settings::State::ReadTransport() {
  const std::string security =
      Text("security", "local",
           "local: this machine's programs trade without signing in; secure: callers sign in",
           "TRADEWIND_SECURITY");
  secure = security == "secure";
  if (security != "local" && security != "secure") {
    Fault("security", fmt::format("expected local or secure, found \"{}\"", security));
  }
  tls_dir = Text("tls-dir", "", "certificates: NAME.crt, NAME.key, ca.crt; empty: plain text",
                 "TRADEWIND_TLS_DIR");
  if (!tls_dir.empty() && !secure) {
    Fault("tls-dir", "goes with security = secure");
  }
  const std::string transport = Text(
      "transport", "tcp", "between services of one machine: tcp or unix", "TRADEWIND_TRANSPORT");
  unix_sockets = transport == "unix";
  if (transport != "tcp" && transport != "unix") {
    Fault("transport", fmt::format("expected tcp or unix, found \"{}\"", transport));
  } else if (unix_sockets && SocketPath(data_dir, service).size() > kSocketPathMax) {
    Fault("transport", fmt::format("unix needs a shorter data-dir: {} is longer than {} characters",
                                   SocketPath(data_dir, service), kSocketPathMax));
  }
}

void Settings::State::ReadCpus() {
  const std::string text =
      Text("cpus", "", "processors that the process may run on, such as 0,2-3", "");
  const std::optional<std::vector<int>> read = ParseCpus(text);
  if (!read) {
    Fault("cpus", fmt::format("expected processors such as 0,2-3, found \"{}\"", text));
  }
  cpus = read.value_or(std::vector<int>());
  spin = Duration::Micros(Number("spin-us", 0, 0, 1'000'000,
                                 "processors spin so long after a message before they sleep"));
}

void Settings::State::RefuseUnknown() {
  for (const std::string& argument : rest) {
    if (argument.rfind("--", 0) != 0) {
      faults.push_back(fmt::format("unexpected argument \"{}\"", argument));
      continue;
    }
    const std::string name = argument.substr(2, argument.find('=') - 2);
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) {  // else its fault is told
      faults.push_back(fmt::format("unknown flag --{}{}", name, DidYouMean(name, keys)));
    }
  }
  std::vector<std::string> tables = {"common", service};
  for (const ServicePorts& ports : kServices) {
    tables.emplace_back(ports.name);
  }
  for (const auto& [name, node] : file) {
    const std::string table(name.str());
    if (!node.is_table() || std::find(tables.begin(), tables.end(), table) == tables.end()) {
      faults.push_back(fmt::format("{}:{}: no such table \"{}\"{}", path, node.source().begin.line,
                                   table, DidYouMean(table, tables)));
    }
  }
  const toml::table* own = file[service].as_table();
  if (own == nullptr) {
    return;
  }
  for (const auto& [name, node] : *own) {
    const std::string key = Dashed(name.str());
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      faults.push_back(fmt::format("{}:{}: {}: unknown key \"{}\"{}", path,
                                   node.source().begin.line, service, name.str(),
                                   DidYouMean(key, keys)));
    }
  }
}

Settings::Settings(std::unique_ptr<State> state) : state_(std::move(state)) {}
Settings::Settings(Settings&&) noexcept = default;
Settings& Settings::operator=(Settings&&) noexcept = default;
Settings::~Settings() = default;

absl::StatusOr<Settings> Settings::Load(int argc,
                                        const char* const* argv,
                                        std::string_view service,
                                        std::string_view purpose) {
  auto state = std::make_unique<State>();
  state->service = std::string(service);
  state->purpose = std::string(purpose);
  state->rest.assign(argv + std::min(argc, 1), argv + argc);
  state->help_wanted = state->TakeFlag("help", true).has_value();
  state->version_wanted = state->TakeFlag("version", true).has_value();
  TW_RETURN_IF_ERROR(state->OpenFile());
  state->ReadCommon();
  return Settings(std::move(state));
}

std::string Settings::String(std::string_view key,
                             std::string_view fallback,
                             std::string_view help) {
  return state_->Text(key, fallback, help, "");
}

int64_t Settings::Int(
    std::string_view key, int64_t fallback, int64_t min, int64_t max, std::string_view help) {
  return state_->Number(key, fallback, min, max, help);
}

bool Settings::Bool(std::string_view key, bool fallback, std::string_view help) {
  state_->Know(key, fallback ? "true" : "false", help);
  const std::optional<Found> found = state_->Find(key, true, "");
  if (!found) {
    return fallback;
  }
  const std::optional<bool> value = ParseBool(found->text);
  if (!value) {
    state_->Fault(key, fmt::format("expected true or false, found \"{}\" (from {})", found->text,
                                   found->source));
  }
  return value.value_or(fallback);
}

Duration Settings::Ms(
    std::string_view key, int64_t fallback, int64_t min, int64_t max, std::string_view help) {
  return Duration::Millis(state_->Number(key, fallback, min, max, help));
}

std::vector<std::string> Settings::Strings(std::string_view key,
                                           const std::vector<std::string>& fallback,
                                           std::string_view help) {
  const std::string text = state_->Text(key, Joined(fallback), help, "");
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void Settings::Fault(std::string_view key, std::string_view what) {
  state_->Fault(key, std::string(what));
}

absl::Status Settings::Finish() {
  if (state_->version_wanted) {
    return absl::CancelledError(fmt::format("{} {}\n", state_->service, kVersion));
  }
  if (state_->help_wanted) {
    std::string text = fmt::format("{}: {}\n\n", state_->service, state_->purpose);
    for (const std::string& line : state_->help) {
      text += line + "\n";
    }
    text += fmt::format("  --{:<22} this text\n  --{:<22} which version this is\n\n", "help",
                        "version");
    text += fmt::format("Each also as {}_<KEY> or in the file's [{}] table.\n",
                        EnvironmentName({"TRADEWIND", state_->service}), state_->service);
    return absl::CancelledError(text);
  }
  state_->RefuseUnknown();
  if (state_->faults.empty()) {
    return absl::OkStatus();
  }
  std::string text;
  for (const std::string& fault : state_->faults) {
    text += (text.empty() ? "" : "\n") + fault;
  }
  return absl::InvalidArgumentError(text);
}

const std::string& Settings::service() const {
  return state_->service;
}
const std::string& Settings::data_dir() const {
  return state_->data_dir;
}
const std::string& Settings::listen() const {
  return state_->listen;
}
uint16_t Settings::http_port() const {
  return state_->http_port;
}
uint16_t Settings::grpc_port() const {
  return state_->grpc_port;
}
const std::string& Settings::log_level() const {
  return state_->log_level;
}
const std::string& Settings::instruments() const {
  return state_->instruments;
}
const std::string& Settings::accounts() const {
  return state_->accounts;
}
bool Settings::secure() const {
  return state_->secure;
}
const std::string& Settings::tls_dir() const {
  return state_->tls_dir;
}
bool Settings::unix_sockets() const {
  return state_->unix_sockets;
}
const std::vector<int>& Settings::cpus() const {
  return state_->cpus;
}
Duration Settings::spin() const {
  return state_->spin;
}

int ExitCode(const absl::Status& status) {
  const std::string text(status.message());
  if (absl::IsCancelled(status)) {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  std::fprintf(stderr, "%s\n", text.c_str());
  return kExitConfig;
}

}  // namespace tw::config
