#include "libs/trace/orders.h"

#include "absl/strings/str_join.h"

namespace tw::trace {

Orders::Orders(OrdersOptions options) : options_(options) {}

bool Orders::Begin(OrderId id, std::string_view traceparent) {
  const std::optional<Context> context = Parse(traceparent);
  if (!context || !context->sampled || !id.IsSet()) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = entries_.try_emplace(id);
  if (!is_new) {
    return true;
  }
  entry->second.context = *context;
  oldest_first_.push_back(id);
  ++filter_[Slot(id)];
  if (oldest_first_.size() > options_.orders_max) {
    const OrderId oldest = oldest_first_.front();
    oldest_first_.pop_front();
    entries_.erase(oldest);
    --filter_[Slot(oldest)];
  }
  return true;
}

void Orders::Note(const log::LineHead& stage, OrderId id, log::Fields fields) {
  if (!MayKnow(id)) {
    return;
  }
  Context context;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) {
      return;
    }
    context = entry->second.context;
  }
  std::vector<log::Field> all = {{"order_id", id.ToString()},
                                 {"trace_id", context.TraceId()},
                                 {"parent_id", context.ParentId()}};
  all.insert(all.end(), fields.begin(), fields.end());
  std::string line = log::WriteLine(stage, all);
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry != entries_.end() && entry->second.lines.size() < options_.lines_max) {
    entry->second.lines.push_back({std::string(stage.service), std::move(line)});
  }
}

std::string Orders::Traceparent(OrderId id) const {
  if (!MayKnow(id)) {
    return "";
  }
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? "" : entry->second.context.ToString();
}

std::vector<std::string> Orders::Lines(OrderId id, std::string_view service) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) {
    return lines;
  }
  for (const Line& line : entry->second.lines) {
    if (service.empty() || line.service == service) {
      lines.push_back(line.text);
    }
  }
  return lines;
}

std::string Orders::Json(OrderId id, std::string_view service) const {
  return "[" + absl::StrJoin(Lines(id, service), ",") + "]";
}

size_t Orders::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

Orders& TheOrders() {
  static Orders* orders = new Orders;  // lives until the process ends, as the log does
  return *orders;
}

}  // namespace tw::trace
