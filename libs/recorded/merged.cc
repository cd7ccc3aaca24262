#include "libs/recorded/merged.h"

#include <utility>

#include "libs/base/status_macros.h"

namespace tw::recorded {
namespace {

class Merged final : public RecordedSource {
 public:
  Merged(Facts facts, std::vector<std::unique_ptr<RecordedSource>> sources)
      : facts_(std::move(facts)) {
    for (auto& source : sources) {
      inputs_.push_back({std::move(source), {}, false, false});
    }
  }

  const Facts& facts() const override { return facts_; }

  std::string warning() const override {
    std::string out;
    for (const Input& input : inputs_) {
      const std::string one = input.source->warning();
      out += (out.empty() || one.empty() ? "" : "; ") + one;
    }
    return out;
  }

  absl::StatusOr<bool> Next(Row& row) override {
    Input* first = nullptr;
    for (Input& input : inputs_) {
      if (!input.filled && !input.ended) {
        TW_ASSIGN_OR_RETURN(input.filled, input.source->Next(input.row));
        input.ended = !input.filled;
      }
      if (input.filled && (first == nullptr || input.row.time < first->row.time)) {
        first = &input;
      }
    }
    if (first == nullptr) {
      return false;
    }
    std::swap(row, first->row);
    first->filled = false;
    row.source_seq = ++rows_;
    if (row.symbol.empty()) {
      row.symbol = first->source->facts().symbol;
    }
    return true;
  }

 private:
  struct Input {
    std::unique_ptr<RecordedSource> source;
    Row row;
    bool filled = false;
    bool ended = false;
  };

  const Facts facts_;
  std::vector<Input> inputs_;
  uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<RecordedSource> Merge(std::string name,
                                      std::vector<std::unique_ptr<RecordedSource>> sources) {
  Facts facts;
  facts.name = std::move(name);
  facts.symbol = sources.front()->facts().symbol;
  facts.format = std::to_string(sources.size()) + " recordings as one";
  return std::make_unique<Merged>(std::move(facts), std::move(sources));
}

}  // namespace tw::recorded
