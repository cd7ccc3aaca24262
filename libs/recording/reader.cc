#include "libs/recording/reader.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/recording/block.h"
#include "libs/recording/wire.h"

namespace tw::recording {
namespace {

constexpr size_t kChunk = 1 << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

struct Reader::State {
  std::string name;
  std::unique_ptr<std::FILE, CloseFile> file;
  std::string bytes;  // read and not decoded
  bool file_ended = false;
  uint64_t offset = 0;  // of `bytes` in the file
  uint64_t blocks = 0;
  uint64_t expected = 1;  // number of the next event
  bool ended = false;
  bool over = false;
  tradewind::v1::FeedBatch batch;
  int next = 0;

  absl::Status Damaged(const std::string& what) {
    over = true;
    return absl::DataLossError(
        fmt::format("{}: block {} at byte {}: {}", name, blocks + 1, offset, what));
  }
  bool Fill() {
    const size_t before = bytes.size();
    bytes.resize(before + kChunk);
    const size_t got = std::fread(bytes.data() + before, 1, kChunk, file.get());
    bytes.resize(before + got);
    file_ended = got == 0;
    return got > 0;
  }
  absl::StatusOr<bool> NextBlock();
};

// True: `batch` holds the next events.
absl::StatusOr<bool> Reader::State::NextBlock() {
  while (!over) {
    if (bytes.empty() && !Fill()) {
      over = true;
      return false;
    }
    absl::StatusOr<Decoded> decoded = DecodeBlock(bytes);
    if (!decoded.ok()) {
      return Damaged(std::string(decoded.status().message()));
    }
    if (decoded->bytes == 0) {
      if (!Fill()) {
        over = true;  // what is left of `bytes` is torn
        return false;
      }
      continue;
    }
    const Block& block = decoded->block;
    if (block.first != expected) {
      return Damaged(fmt::format("begins with event {}, expected {}", block.first, expected));
    }
    batch.Clear();
    next = 0;
    if (!batch.ParseFromString(block.payload) ||
        batch.events_size() != static_cast<int>(block.events)) {
      return Damaged("does not hold the events that it says");
    }
    expected += block.events;
    ++blocks;
    offset += decoded->bytes;
    bytes.erase(0, decoded->bytes);
    if (block.kind == BlockKind::kEnd) {
      ended = true;
      if (!bytes.empty() || Fill()) {
        return Damaged("follows the end");
      }
      over = true;
      return false;
    }
    return true;
  }
  return false;
}

absl::StatusOr<Reader> Reader::Open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->name = std::filesystem::path(path).filename().string();
  state->file.reset(std::fopen(path.c_str(), "rb"));
  if (state->file == nullptr) {
    return absl::NotFoundError(path + ": no such file");
  }
  std::string first(kFirstLine.size(), '\0');
  if (std::fread(first.data(), 1, first.size(), state->file.get()) != first.size() ||
      first != kFirstLine) {
    return absl::InvalidArgumentError(path + ": is no recording of this platform");
  }
  state->offset = first.size();
  return Reader(std::move(state));
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

absl::StatusOr<bool> Reader::Next(tradewind::v1::FeedEvent& event) {
  while (state_->next == state_->batch.events_size()) {
    TW_ASSIGN_OR_RETURN(const bool more, state_->NextBlock());
    if (!more) {
      return false;
    }
  }
  event.Swap(state_->batch.mutable_events(state_->next++));
  return true;
}

uint64_t Reader::torn_bytes() const {
  return state_->over && !state_->ended ? state_->bytes.size() : 0;
}
bool Reader::ended() const {
  return state_->ended;
}
uint64_t Reader::blocks() const {
  return state_->blocks;
}

bool IsRecording(const std::string& path) {
  return Reader::Open(path).ok();
}

namespace {

class Rows final : public recorded::RecordedSource {
 public:
  Rows(recorded::Facts facts, std::string symbol, Reader reader)
      : facts_(std::move(facts)), symbol_(std::move(symbol)), reader_(std::move(reader)) {}

  const recorded::Facts& facts() const override { return facts_; }

  absl::StatusOr<bool> Next(recorded::Row& row) override {
    while (true) {
      TW_ASSIGN_OR_RETURN(const bool more, reader_.Next(event_));
      if (!more) {
        return false;
      }
      if ((symbol_.empty() || event_.symbol() == symbol_) && DecodeRow(event_, row)) {
        row.source_seq = ++rows_;
        return true;
      }
    }
  }

  std::string warning() const override {
    if (reader_.ended()) {
      return "";
    }
    const std::string torn =
        reader_.torn_bytes() > 0
            ? fmt::format(", and {} bytes of a block that is not whole were left out",
                          reader_.torn_bytes())
            : "";
    return facts_.name +
           ": the recorder was not ended on purpose; it is read to its last whole block" + torn;
  }

 private:
  const recorded::Facts facts_;
  const std::string symbol_;
  Reader reader_;
  tradewind::v1::FeedEvent event_;
  uint64_t rows_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<recorded::RecordedSource>> OpenRows(const std::string& path,
                                                                   const std::string& symbol) {
  // The first symbol: for people, and for a gap of the whole feed, which names none.
  TW_ASSIGN_OR_RETURN(Reader look, Reader::Open(path));
  tradewind::v1::FeedEvent event;
  for (bool more = true; more && event.symbol().empty();) {
    TW_ASSIGN_OR_RETURN(more, look.Next(event));
  }
  recorded::Facts facts;
  facts.name = std::filesystem::path(path).filename().string();
  facts.symbol = !symbol.empty() ? symbol : event.symbol();
  facts.format = "recording of this platform";
  TW_ASSIGN_OR_RETURN(Reader reader, Reader::Open(path));
  return std::make_unique<Rows>(std::move(facts), symbol, std::move(reader));
}

}  // namespace tw::recording
