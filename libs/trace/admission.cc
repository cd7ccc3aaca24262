#include "libs/trace/admission.h"

#include <algorithm>

#include "libs/trace/context.h"

namespace tw::trace {

bool Bucket::Take(int64_t now_ns) {
  int64_t full = full_ns_.load(std::memory_order_relaxed);
  while (true) {
    const int64_t next = std::max(full, now_ns) + every_ns_;
    if (next - now_ns > burst_ * every_ns_) {
      return false;
    }
    if (full_ns_.compare_exchange_weak(full, next, std::memory_order_relaxed)) {
      return true;
    }
  }
}

Admission::Admission(AdmissionOptions options)
    : asked_(options.asked_burst, Duration::Millis(20)),
      made_(options.made_burst, Duration::Seconds(1)) {}

std::string Admission::Admit(std::string_view traceparent, int64_t now_ns) {
  if (!traceparent.empty()) {
    if (std::optional<Context> context = Parse(traceparent)) {
      context->sampled = context->sampled && asked_.Take(now_ns);
      return context->ToString();
    }
  }
  return made_.Take(now_ns) ? Make().ToString() : "";
}

}  // namespace tw::trace
