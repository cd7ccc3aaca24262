#include "services/ptrc/breaks.h"

namespace tw::ptrc {

std::string_view Name(BreakKind kind) {
  switch (kind) {
    case BreakKind::kMissingInOms: return "MISSING_IN_OMS";
    case BreakKind::kMissingAtVenue: return "MISSING_AT_VENUE";
    case BreakKind::kQuantity: return "QUANTITY";
    case BreakKind::kPrice: return "PRICE";
    case BreakKind::kTerms: return "TERMS";
    case BreakKind::kDuplicateAtVenue: return "DUPLICATE_AT_VENUE";
    case BreakKind::kDuplicateInOms: return "DUPLICATE_IN_OMS";
    case BreakKind::kPosition: return "POSITION";
  }
  return "POSITION";
}

void BreakBook::Open(Break b) {
  const auto it = open_.find({b.key, b.kind});
  if (it != open_.end()) {
    it->second.ours = std::move(b.ours);
    it->second.theirs = std::move(b.theirs);
    return;
  }
  if (open_.size() >= kOpenMax) {
    ++not_kept_;
    return;
  }
  b.id = std::string(Name(b.kind)) + ":" + b.key;
  open_.emplace(std::make_pair(b.key, b.kind), std::move(b));
}

void BreakBook::Close(BreakKind kind, const std::string& key, Timestamp now) {
  const auto it = open_.find({key, kind});
  if (it == open_.end()) {
    return;
  }
  it->second.closed = now;
  closed_.push_back(std::move(it->second));
  open_.erase(it);
  if (closed_.size() > kClosedMax) {
    closed_.pop_front();
  }
}

bool BreakBook::IsOpen(BreakKind kind, const std::string& key) const {
  return open_.contains({key, kind});
}

bool BreakBook::AnyOpen(const std::string& key) const {
  const auto it = open_.lower_bound({key, BreakKind::kMissingInOms});
  return it != open_.end() && it->first.first == key;
}

std::vector<Break> BreakBook::List() const {
  std::vector<Break> out(closed_.begin(), closed_.end());
  for (const auto& [key, b] : open_) {
    out.push_back(b);
  }
  return out;
}

}  // namespace tw::ptrc
