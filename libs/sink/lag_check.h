// How far behind a stream is, as an entry of /check.
#pragma once

#include "libs/feed/lag.h"
#include "libs/http/ops.h"

namespace tw::sink {

inline http::Check ToCheck(const feed::Lag& lag) {
  return {.status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
          .reason = lag.reason,
          .lag_ms = lag.ms};
}

}  // namespace tw::sink
