// Who listens where. The table of DESIGN section 2, all of it shifted by TRADEWIND_PORT_OFFSET so
// that a second platform (the test suite) runs beside the first.
//
// Environment is read at each call; set it before threads start.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tw::config {

struct ServicePorts {
  std::string_view name;
  uint16_t http;
  uint16_t grpc;
};

inline constexpr std::array<ServicePorts, 14> kServices = {{
    {"gateway", 8080, 50080},
    {"hot-cache", 8088, 50088},
    {"questdb-writer", 8090, 50090},
    {"normalizer", 8091, 50091},
    {"execution-quality", 8092, 50092},
    {"exeq", 8095, 50095},
    {"oms", 8099, 50099},
    {"pnl", 8100, 50100},
    {"risk", 8103, 50103},
    {"ptrc", 8109, 50109},
    {"sink-ticks", 8111, 50111},
    {"sink-alt", 8112, 50112},
    {"feature-pipeline", 8113, 50113},
    {"live-gateway", 8200, 50200},
}};

inline constexpr uint16_t kQuestDbHttp = 9000;
inline constexpr uint16_t kQuestDbPg = 8812;
inline constexpr int kPortOffsetMax = 15'000;  // keeps every port below 65,536

// TRADEWIND_PORT_OFFSET, 0 to kPortOffsetMax, default 0. InvalidArgument for anything else.
absl::StatusOr<int> PortOffset();

// Ports with the offset. REQUIRES, here and below: PortOffset() is OK (Settings::Load and the
// command line refuse to start otherwise) and `service` stands in kServices.
uint16_t HttpPort(std::string_view service);
uint16_t GrpcPort(std::string_view service);

// "host:port" of a service's gRPC: TRADEWIND_<SERVICE>_ADDRESS ("host" or "host:port"), else
// 127.0.0.1 and GrpcPort.
std::string PeerAddress(std::string_view service);

// True when TRADEWIND_<SERVICE>_ADDRESS says where the service is.
bool HasPeerAddress(std::string_view service);

// The Unix socket on which a service of this platform serves gRPC, where `transport` is unix. The
// folder above it is nobody else's (0700).
std::string SocketPath(const std::string& data_dir, std::string_view service);
// A Unix socket's path has room for no more.
inline constexpr size_t kSocketPathMax = 107;

// "host:port" of a service's HTTP: TRADEWIND_<SERVICE>_HTTP_ADDRESS, else the host of
// TRADEWIND_<SERVICE>_ADDRESS, else 127.0.0.1; HttpPort unless a port is given.
std::string PeerHttpAddress(std::string_view service);

// QuestDB's "host:port", host from TRADEWIND_QUESTDB_ADDRESS (a host, no port), else 127.0.0.1.
std::string QuestDbHttp();
std::string QuestDbPg();

}  // namespace tw::config
