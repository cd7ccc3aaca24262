#include "services/normalizer/position.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

namespace tw::normalizer {
namespace {

constexpr const char* kMagic = "tradewind-feed-position-1";
constexpr const char* kReplaying = "replaying";
constexpr const char* kEnd = "end";

}  // namespace

// One market a line, its parts parted by tabs: a venue may hold blanks.
absl::Status WritePosition(const std::string& path, const Position& position) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::trunc);
  file << kMagic << '\t' << position.epoch << '\t' << position.sequence << '\n';
  for (const auto& [market, number] : position.numbers) {
    file << market.first << '\t' << market.second << '\t' << number << '\n';
  }
  if (position.replaying) {
    file << kReplaying << '\n';
  }
  file << kEnd << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError("cannot write " + path + ": " +
                                  std::generic_category().message(errno));
  }
  return absl::OkStatus();
}

absl::StatusOr<Position> ReadPosition(const std::string& path) {
  std::ifstream file(path);
  Position out;
  if (!file) {
    return out;
  }
  const absl::Status bad = absl::DataLossError(path + " is not a feed position");
  std::string word;
  if (!std::getline(file, word, '\t') || word != kMagic || !(file >> out.epoch >> out.sequence) ||
      file.get() != '\n') {
    return bad;
  }
  std::string line;
  while (std::getline(file, line)) {
    if (line == kEnd) {
      return out;
    }
    if (line == kReplaying) {
      out.replaying = true;
      continue;
    }
    const size_t first = line.find('\t');
    const size_t second = first == std::string::npos ? first : line.find('\t', first + 1);
    if (second == std::string::npos) {
      return bad;
    }
    uint64_t number = 0;
    if (std::sscanf(line.c_str() + second + 1, "%lu", &number) != 1) {
      return bad;
    }
    out.numbers[{line.substr(0, first), line.substr(first + 1, second - first - 1)}] = number;
  }
  return bad;
}

}  // namespace tw::normalizer
