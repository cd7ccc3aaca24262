// Admission: which orders are traced. A caller who sends a sampled traceparent is heard, up to a
// rate; of the others a few get a trace of our own, so that at the pace of people every order can
// be looked at, and at the pace of machines none is in the way.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/time.h"

namespace tw::trace {

// A token bucket: `burst` at once, then one each `every`. Zero burst: none at all. Any thread.
class Bucket {
 public:
  Bucket(int64_t burst, Duration every) : burst_(burst), every_ns_(every.ns) {}
  bool Take(int64_t now_ns);

 private:
  const int64_t burst_;
  const int64_t every_ns_;
  std::atomic<int64_t> full_ns_{0};  // when the bucket is, or was, full again
};

struct AdmissionOptions {
  int64_t asked_burst = 100;  // of orders whose caller asked; then 50 a second
  int64_t made_burst = 10;    // of the others; then 1 a second
};

// Any thread.
class Admission {
 public:
  explicit Admission(AdmissionOptions options = {});

  // The traceparent that the order goes on with. One that the caller sent goes on too where it is
  // not traced, as "not sampled". What is no traceparent counts as none. `now_ns`: monotonic.
  std::string Admit(std::string_view traceparent, int64_t now_ns);

 private:
  Bucket asked_;
  Bucket made_;
};

}  // namespace tw::trace
