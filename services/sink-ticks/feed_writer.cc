#include "services/sink-ticks/feed_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/log/log.h"

namespace tw::sink_ticks {
namespace {

namespace v1 = tradewind::v1;

constexpr size_t kBytesBeforeHanding = 4u << 20;
constexpr std::string_view kFeedLost = "feed_lost";
constexpr std::string_view kSpoolFull = "spool_full";

// Reads a number up to `stop`, which it takes too; false where there is none.
template <typename T>
bool TakeNumber(std::string_view& text, char stop, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const auto length = static_cast<size_t>(end - text.data());
  if (error != std::errc() || (stop != 0 && (length >= text.size() || text[length] != stop))) {
    return false;
  }
  text.remove_prefix(std::min(text.size(), length + (stop != 0 ? 1 : 0)));
  return true;
}

}  // namespace

std::string FeedPosition::ToString() const {
  return fmt::format("{}:{}:{}", epoch, sequence, time.ns);
}

absl::StatusOr<FeedPosition> FeedPosition::Parse(const std::string& text) {
  FeedPosition position;
  std::string_view rest = text;
  if (text.empty() ||
      (TakeNumber(rest, ':', position.epoch) && TakeNumber(rest, ':', position.sequence) &&
       TakeNumber(rest, 0, position.time.ns) && rest.empty())) {
    return position;
  }
  return absl::DataLossError("positions.json: \"" + text + "\" is no place in the feed");
}

FeedWriter::FeedWriter(sink::Sink& sink,
                       const Clock& clock,
                       const TicksMetrics& metrics,
                       Duration patience,
                       const FeedPosition& resume)
    : sink_(sink),
      clock_(clock),
      metrics_(metrics),
      patience_(patience),
      taken_(resume),
      last_sequence_(resume.sequence),
      last_time_(resume.time) {}

void FeedWriter::OnEvent(const v1::FeedEvent& event) {
  // A snapshot repeats what a new reader must know; only closed bars are news to a history.
  if (!event.snapshot() || event.has_bar()) {
    const absl::Status made = rows_.Add(event);
    if (!made.ok()) {
      NoteFault(made, event);
    }
  }
  if (event.snapshot()) {
    return;
  }
  ++events_;
  recorded_ = recorded_ || event.recorded();
  last_sequence_ = event.sequence();
  last_time_.ns = std::max(last_time_.ns, event.receive_time_ns());
  if (rows_.rows().bytes().size() >= kBytesBeforeHanding) {
    Hand({taken_.epoch, last_sequence_, last_time_}, /*end_of_batch=*/false);
  }
}

void FeedWriter::OnGap(uint64_t from, uint64_t to) {
  NoteGap({.from = from, .to = to, .since = last_time_, .reason = kFeedLost});
}

void FeedWriter::OnBatch(uint64_t epoch, uint64_t sequence) {
  if (!last_time_.IsSet()) {
    last_time_ = clock_.Now();
  }
  last_sequence_ = sequence;
  Hand({epoch, sequence, last_time_}, /*end_of_batch=*/true);
}

// Within a batch the position stays: it would be one of an epoch that is not known yet.
void FeedWriter::Hand(const FeedPosition& position, bool end_of_batch) {
  const bool moved =
      end_of_batch && (position.epoch != taken_.epoch || position.sequence != taken_.sequence);
  if (rows_.rows().empty() && gaps_.empty() && !moved) {
    return;
  }
  for (const MissedEvents& missed : gaps_) {
    if (const absl::Status made = rows_.Add(missed); !made.ok()) {
      log::Error("gap_row_not_made", {{"error", std::string(made.message())}});
    }
  }
  const ilp::Position place =
      end_of_batch ? ilp::Position{std::string(kSource), position.ToString()} : ilp::Position{};
  const Duration patience = recorded_ ? sink::kForever : dropping_ ? Duration{} : patience_;
  const int64_t began = MonotonicNanos();
  const absl::Status put = sink_.Put(rows_.rows(), place, patience);
  metrics_.Waited(Duration{MonotonicNanos() - began});
  if (put.ok()) {
    metrics_.EventsTaken(events_);
    gaps_.clear();
    if (end_of_batch) {
      taken_ = position;
    }
    if (std::exchange(dropping_, false)) {
      log::Info("ticks_taken_again", {{"sequence", last_sequence_}});
    }
  } else if (absl::IsResourceExhausted(put)) {
    Drop(position);
  }
  rows_.Clear();
  events_ = 0;
  recorded_ = false;
}

void FeedWriter::Drop(const FeedPosition& position) {
  if (events_ == 0) {
    return;
  }
  metrics_.EventsDropped(events_);
  if (!std::exchange(dropping_, true)) {
    log::Error("ticks_lost", {{"from", position.sequence - events_ + 1},
                              {"why", "the spool is full and its patience is over"}});
  }
  const uint64_t from = position.sequence - std::min<uint64_t>(events_, position.sequence) + 1;
  if (!gaps_.empty() && gaps_.back().reason == kSpoolFull && gaps_.back().to + 1 == from) {
    gaps_.back().to = position.sequence;
    return;
  }
  NoteGap({.from = from, .to = position.sequence, .since = taken_.time, .reason = kSpoolFull});
}

void FeedWriter::NoteGap(const MissedEvents& missed) {
  metrics_.GapNoticed();
  log::Limited(log::Level::kWarn, "feed_gap",
               {{"from", missed.from}, {"to", missed.to}, {"reason", missed.reason}});
  MissedEvents gap = missed;
  if (!gap.since.IsSet()) {
    gap.since = clock_.Now();
  }
  if (gaps_.size() < kGapsMax) {
    gaps_.push_back(gap);
  } else {
    gaps_.back().to = 0;  // more than can be told apart: from here on, nobody knows how many
  }
}

void FeedWriter::NoteFault(const absl::Status& why, const v1::FeedEvent& event) {
  metrics_.EventFaulty();
  log::Limited(log::Level::kError, "row_not_made",
               {{"sequence", event.sequence()},
                {"symbol", event.symbol()},
                {"error", std::string(why.message())}});
}

}  // namespace tw::sink_ticks
