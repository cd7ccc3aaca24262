#include "services/exeq/children.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"

namespace tw::exeq {
namespace {

// The state after a report; what a report of a finished kind means for one that has more to come.
ChildState StateAfter(const ChildReport& report) {
  switch (report.kind) {
    case ReportKind::kRejected: return ChildState::kRejected;
    case ReportKind::kCanceled: return ChildState::kCanceled;
    case ReportKind::kFilled:
      return report.leaves.IsZero() ? ChildState::kFilled : ChildState::kWorking;
    case ReportKind::kAccepted:
    case ReportKind::kReplaced:
    case ReportKind::kOther: break;
  }
  return ChildState::kWorking;
}

}  // namespace

std::string FirstChildId(OrderId order_id) {
  return order_id.ToString() + ".1";
}

std::string_view Name(ChildState state) {
  switch (state) {
    case ChildState::kSent: return "SENT";
    case ChildState::kWorking: return "WORKING";
    case ChildState::kFilled: return "FILLED";
    case ChildState::kCanceled: return "CANCELED";
    case ChildState::kRejected: return "REJECTED";
  }
  TW_UNREACHABLE();
}

Child& Children::Add(const Child& child) {
  orders_[child.order_id].push_back(child.child_id);
  return children_.emplace(child.child_id, child).first->second;
}

void Children::Learn(const Child& child) {
  if (!children_.contains(child.child_id)) {
    Add(child);
  }
}

void Children::Apply(const ChildReport& report) {
  if (report.kind == ReportKind::kOther) {
    return;
  }
  const auto it = children_.find(report.child_id);
  Child* child = it == children_.end() ? nullptr : &it->second;
  if (child == nullptr) {
    Child fresh;
    fresh.child_id = report.child_id;
    fresh.order_id = report.order_id;
    fresh.venue = report.venue;
    fresh.symbol = report.symbol;
    const bool canceled = report.kind == ReportKind::kCanceled;
    fresh.quantity = report.cumulative + (canceled ? report.quantity : report.leaves);
    child = &Add(fresh);
  }
  if (child->finished() || report.execution_sequence <= child->last_execution) {
    return;
  }
  child->last_execution = report.execution_sequence;
  child->filled = report.cumulative;
  child->state = StateAfter(report);
  if (report.kind != ReportKind::kFilled && report.kind != ReportKind::kCanceled) {
    child->quantity = report.quantity;
    child->price = report.price;
  }
  if (child->finished()) {
    child->reason = report.message;
    finished_.push_back(child->child_id);
    Forget();
  }
}

void Children::Forget() {
  while (finished_.size() > finished_max_) {
    const auto child = children_.find(finished_.front());
    const auto order = orders_.find(child->second.order_id);
    auto& ids = order->second;
    ids.erase(std::find(ids.begin(), ids.end(), child->first));
    if (ids.empty()) {
      orders_.erase(order);
    }
    children_.erase(child);
    finished_.pop_front();
  }
}

std::vector<const Child*> Children::Find(OrderId order_id) const {
  std::vector<const Child*> out;
  if (const auto order = orders_.find(order_id); order != orders_.end()) {
    for (const std::string& child_id : order->second) {
      out.push_back(&children_.at(child_id));
    }
  }
  return out;
}

std::optional<std::string> Children::VenueOf(const std::string& child_id) const {
  const auto it = children_.find(child_id);
  return it == children_.end() ? std::nullopt : std::optional<std::string>(it->second.venue);
}

}  // namespace tw::exeq
