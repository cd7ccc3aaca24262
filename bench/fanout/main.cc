// fanout: one stream of market data to many WebSocket clients, with the delay of every message from
// the moment at which it was meant to leave its source: feed, hot-cache, gateway and clients, all
// over real sockets. Beside it the floor: the same bytes from one thread straight into as many
// sockets.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/fanout/clients.h"
#include "bench/fanout/market.h"
#include "bench/fanout/stack.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"

namespace tw::fanout_bench {
namespace {

struct Options {
  int clients = 100;
  int stuck = 0;
  int rate = 100;
  int levels = 20;
  double seconds = 10;
  double warmup = 1;
  int port_offset = 14'000;
  std::string bin;
  std::string json;
};

constexpr std::chrono::milliseconds kSettle{200};

nlohmann::json Figures(const Counts& counts, uint64_t expected, const Options& options) {
  const auto us = [&](double percent) {
    return static_cast<double>(counts.delay.Percentile(percent).ns) / 1e3;
  };
  return {{"clients", options.clients},
          {"stuck", options.stuck},
          {"rate", options.rate},
          {"expected", expected},
          {"messages", counts.messages},
          {"merged", counts.merged},
          {"bytes_a_message", counts.messages == 0 ? 0 : counts.bytes / counts.messages},
          {"p50_us", us(50)},
          {"p90_us", us(90)},
          {"p99_us", us(99)},
          {"p999_us", us(99.9)},
          {"max_us", static_cast<double>(counts.delay.max().ns) / 1e3}};
}

void Print(const char* what, const nlohmann::json& f) {
  std::cout << fmt::format(
      "{:<10} {} clients, {} /s each: {} of {} messages of {} bytes, {} merged; delay p50 {:.0f} "
      "us, "
      "p90 {:.0f}, p99 {:.0f}, p99.9 {:.0f}, max {:.0f}\n",
      what, f["clients"].get<int>(), f["rate"].get<int>(), f["messages"].get<uint64_t>(),
      f["expected"].get<uint64_t>(), f["bytes_a_message"].get<uint64_t>(),
      f["merged"].get<uint64_t>(), f["p50_us"].get<double>(), f["p90_us"].get<double>(),
      f["p99_us"].get<double>(), f["p999_us"].get<double>(), f["max_us"].get<double>());
}

absl::StatusOr<nlohmann::json> MeasurePlatform(const Options& options, const std::string& what) {
  Market market(options.levels);
  TW_RETURN_IF_ERROR(market.Start());
  Stack stack(options.bin, options.port_offset, market.address());
  TW_RETURN_IF_ERROR(stack.Start());
  market.Play(options.rate, 0.1);
  Clients clients;
  const std::string channel = "book:BTCUSDT:" + std::to_string(options.levels);
  TW_RETURN_IF_ERROR(clients.Connect(stack.gateway(), channel, options.clients, true));
  Clients stuck;
  TW_RETURN_IF_ERROR(stuck.Connect(stack.gateway(), channel, options.stuck, false));
  clients.Start();
  market.Play(options.rate, options.warmup);
  std::this_thread::sleep_for(kSettle);
  clients.Measure();
  const uint64_t sent = market.Play(options.rate, options.seconds);
  std::this_thread::sleep_for(kSettle);
  nlohmann::json figures =
      Figures(clients.Stop(), sent * static_cast<uint64_t>(options.clients), options);
  figures["gateway_merged"] = stack.GatewayStat("market_merged");
  Print(what.c_str(), figures);
  return figures;
}

// As many connections to ourselves as there are clients: the sender's ends.
absl::StatusOr<std::vector<int>> Pairs(int count, Clients& clients) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, count) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    close(listener);
    return absl::UnavailableError("no port on loopback");
  }
  std::vector<int> senders;
  for (int i = 0; i < count; ++i) {
    const int reader = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(reader, reinterpret_cast<sockaddr*>(&address), size) != 0) {
      return absl::UnavailableError("no connection on loopback");
    }
    clients.Adopt(reader);
    senders.push_back(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    const int on = 1;
    setsockopt(senders.back(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  close(listener);
  return senders;
}

std::string FloorFrame(size_t bytes, std::chrono::system_clock::time_point due) {
  const auto ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(due.time_since_epoch()).count();
  const int64_t second = ns / 1'000'000'000 % 86'400;
  const std::string time =
      fmt::format("\"timestamp\":\"2026-01-01T{:02}:{:02}:{:02}.{:09}Z\"", second / 3'600,
                  second / 60 % 60, second % 60, ns % 1'000'000'000);
  std::string payload = std::string(bytes > time.size() ? bytes - time.size() : 0, 'x') + time;
  std::string frame = "\x81";
  frame += static_cast<char>(126);
  frame += static_cast<char>(payload.size() >> 8);
  frame += static_cast<char>(payload.size() & 0xff);
  return frame + payload;
}

absl::StatusOr<nlohmann::json> MeasureFloor(const Options& options, size_t bytes) {
  Clients clients;
  TW_ASSIGN_OR_RETURN(const std::vector<int> senders, Pairs(options.clients, clients));
  clients.Start();
  clients.Measure();
  const auto period = std::chrono::nanoseconds(1'000'000'000 / options.rate);
  const auto count = static_cast<uint64_t>(options.seconds * options.rate);
  auto due = std::chrono::system_clock::now() + period;
  for (uint64_t i = 0; i < count; ++i, due += period) {
    std::this_thread::sleep_until(due);
    const std::string frame = FloorFrame(bytes, due);
    for (const int sender : senders) {
      static_cast<void>(send(sender, frame.data(), frame.size(), MSG_NOSIGNAL));
    }
  }
  std::this_thread::sleep_for(kSettle);
  const nlohmann::json figures = Figures(clients.Stop(), count * senders.size(), options);
  for (const int sender : senders) {
    close(sender);
  }
  Print("floor", figures);
  return figures;
}

absl::Status Run(const Options& options) {
  nlohmann::json out;
  Options without = options;
  without.stuck = 0;
  TW_ASSIGN_OR_RETURN(out["platform"], MeasurePlatform(without, "gateway"));
  if (options.stuck > 0) {
    TW_ASSIGN_OR_RETURN(out["with_stuck"], MeasurePlatform(options, "with stuck"));
  }
  TW_ASSIGN_OR_RETURN(out["floor"],
                      MeasureFloor(without, out["platform"]["bytes_a_message"].get<size_t>()));
  if (!options.json.empty()) {
    std::ofstream(options.json) << out.dump(2) << "\n";
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace tw::fanout_bench

int main(int argc, char** argv) {
  tw::fanout_bench::Options options;
  options.bin = std::filesystem::canonical("/proc/self/exe").parent_path().string();
  CLI::App app("One stream of market data to many WebSocket clients");
  app.add_option("--clients", options.clients, "that read")->check(CLI::Range(1, 1'000));
  app.add_option("--stuck", options.stuck, "beside them, that never read")
      ->check(CLI::Range(0, 50));
  app.add_option("--rate", options.rate, "updates a second")->check(CLI::Range(1, 10'000));
  app.add_option("--levels", options.levels, "of the book")->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.seconds, "measured")->check(CLI::Range(0.1, 60.0));
  app.add_option("--port-offset", options.port_offset, "of hot-cache and gateway")
      ->check(CLI::Range(0, 15'000));
  app.add_option("--bin", options.bin, "where they are");
  app.add_option("--json", options.json, "write the figures here");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = tw::fanout_bench::Run(options);
  if (!status.ok()) {
    std::cerr << status << "\n";
    return 1;
  }
  return 0;
}
