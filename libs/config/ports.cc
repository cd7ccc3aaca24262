#include "libs/config/ports.h"

#include <charconv>

#include "libs/base/check.h"
#include "libs/config/environment.h"

namespace tw::config {
namespace {

const ServicePorts& PortsOf(std::string_view service) {
  for (const ServicePorts& ports : kServices) {
    if (ports.name == service) {
      return ports;
    }
  }
  TW_CHECK(false && "no such service");
  return kServices[0];
}

uint16_t Shifted(uint16_t port) {
  const absl::StatusOr<int> offset = PortOffset();
  TW_CHECK(offset.ok());
  return static_cast<uint16_t>(port + *offset);
}

// "host" or "host:port" or "[::1]:port" -> with a port for sure.
std::string WithPort(const std::string& address, uint16_t port) {
  const size_t colon = address.rfind(':');
  const bool has_port = colon != std::string::npos && address.find(']', colon) == std::string::npos;
  return has_port ? address : address + ":" + std::to_string(port);
}

std::string HostOf(const std::string& address) {
  const size_t colon = address.rfind(':');
  const bool has_port = colon != std::string::npos && address.find(']', colon) == std::string::npos;
  return has_port ? address.substr(0, colon) : address;
}

std::string Variable(std::string_view service, std::string_view suffix) {
  return EnvironmentName({"TRADEWIND", service, suffix});
}

std::string QuestDbHost() {
  return Environment("TRADEWIND_QUESTDB_ADDRESS").value_or("127.0.0.1");
}

}  // namespace

absl::StatusOr<int> PortOffset() {
  const std::string text = Environment("TRADEWIND_PORT_OFFSET").value_or("0");
  int offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc() || end != text.data() + text.size() || offset < 0 ||
      offset > kPortOffsetMax) {
    return absl::InvalidArgumentError("TRADEWIND_PORT_OFFSET: expected an integer from 0 to " +
                                      std::to_string(kPortOffsetMax) + ", found \"" + text + "\"");
  }
  return offset;
}

uint16_t HttpPort(std::string_view service) {
  return Shifted(PortsOf(service).http);
}

uint16_t GrpcPort(std::string_view service) {
  return Shifted(PortsOf(service).grpc);
}

std::string PeerAddress(std::string_view service) {
  return WithPort(Environment(Variable(service, "ADDRESS")).value_or("127.0.0.1"),
                  GrpcPort(service));
}

bool HasPeerAddress(std::string_view service) {
  return Environment(Variable(service, "ADDRESS")).has_value();
}

std::string SocketPath(const std::string& data_dir, std::string_view service) {
  return data_dir + "/sockets/" + std::string(service);
}

std::string PeerHttpAddress(std::string_view service) {
  if (const auto http = Environment(Variable(service, "HTTP_ADDRESS"))) {
    return WithPort(*http, HttpPort(service));
  }
  return HostOf(Environment(Variable(service, "ADDRESS")).value_or("127.0.0.1")) + ":" +
         std::to_string(HttpPort(service));
}

std::string QuestDbHttp() {
  return QuestDbHost() + ":" + std::to_string(Shifted(kQuestDbHttp));
}

std::string QuestDbPg() {
  return QuestDbHost() + ":" + std::to_string(Shifted(kQuestDbPg));
}

}  // namespace tw::config
