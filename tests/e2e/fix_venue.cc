// fix_venue --port N --folder DIR --name NAME --seed N [--reject P --late P --twice P --lost P
// --cancel P --drop P]: the other house of a FIX session, for tests/e2e. Trades as PlayedVenue
// does, moves by itself, and writes its books to DIR/book.json. SIGUSR1: it behaves from now on.
// SIGUSR2: it drops the connection. SIGTERM: it ends.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/services/live-gateway/fix/acceptor.h"

namespace {

using tw::live_gateway::Acceptor;
using tw::live_gateway::PlayedVenue;

volatile sig_atomic_t behave = 0;
volatile sig_atomic_t drop = 0;
volatile sig_atomic_t end = 0;

void WriteBook(Acceptor& acceptor, const std::string& folder) {
  nlohmann::json book = nlohmann::json::object();
  acceptor.With([&](PlayedVenue& venue) {
    book["placed_twice"] = venue.placed_twice();
    for (const auto& [child, order] : venue.orders()) {
      book["orders"][child] = {{"quantity", order.quantity.ToString()},
                               {"filled", order.filled.ToString()},
                               {"open", order.open()}};
    }
    return 0;
  });
  std::ofstream(folder + "/book.new") << book;
  std::rename((folder + "/book.new").c_str(), (folder + "/book.json").c_str());
}

}  // namespace

// A bad argument ends it by an exception.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < argc; i += 2) {
    given[argv[i]] = argv[i + 1];
  }
  const auto number = [&](const char* key) {
    return given.contains(key) ? std::stoull(given[key]) : 0;
  };
  signal(SIGUSR1, [](int) { behave = 1; });
  signal(SIGUSR2, [](int) { drop = 1; });
  signal(SIGTERM, [](int) { end = 1; });
  const std::string folder = given["--folder"];
  Acceptor acceptor(static_cast<uint16_t>(number("--port")), folder, {given["--name"]},
                    number("--seed"), *tw::Price::Parse("44000"), *tw::Price::Parse("45000"));
  if (!acceptor.started()) {
    std::cerr << acceptor.error() << "\n";
    return 1;
  }
  acceptor.With([&](PlayedVenue& venue) {
    venue.SetMischief({number("--reject"), number("--late"), number("--twice"), number("--lost"),
                       60, number("--cancel")});
    return 0;
  });
  tw::Prng chance(number("--seed") + 99);
  while (!end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (behave == 1) {
      behave = 2;
      acceptor.With([](PlayedVenue& venue) {
        venue.SetMischief({});
        venue.ForgetLate();
        return 0;
      });
    }
    if (drop || (behave == 0 && chance.Below(1'000) < number("--drop"))) {
      drop = 0;
      acceptor.engine().Disconnect(0);
    }
    acceptor.Move();
    WriteBook(acceptor, folder);
  }
  return 0;
}
