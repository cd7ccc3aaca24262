// Reader: the events of a recording, in order, to the last whole block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/source.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::recording {

// One thread. Blocks on the disk.
class Reader {
 public:
  // NotFound, or InvalidArgument: it is no recording.
  static absl::StatusOr<Reader> Open(const std::string& path);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // True: `event` is the next one. False: there are no more. DataLoss "<file>: block N at byte M: "
  // for one that is damaged; nothing follows it.
  absl::StatusOr<bool> Next(tradewind::v1::FeedEvent& event);

  // After the last event: bytes of a block that a killed recorder did not finish.
  uint64_t torn_bytes() const;
  // It was ended on purpose.
  bool ended() const;
  uint64_t blocks() const;

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// A file that begins as a recording does.
bool IsRecording(const std::string& path);

// What a recording holds as rows, numbered from 1: trades, quotes, books, orders, gaps and states.
// Bars, statistics and consolidated quotes are left out: they come of those again. Rows carry the
// symbol and the venue that they were recorded of. `symbol`: of that one only; "": all.
absl::StatusOr<std::unique_ptr<recorded::RecordedSource>> OpenRows(const std::string& path,
                                                                   const std::string& symbol);

}  // namespace tw::recording
