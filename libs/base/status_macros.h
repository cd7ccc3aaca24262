// TW_RETURN_IF_ERROR and TW_ASSIGN_OR_RETURN: Status without the ladder of ifs (absl 20220623 has
// no such macros).
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define TW_RETURN_IF_ERROR(expr)                      \
  do {                                                \
    if (auto tw_status_ = (expr); !tw_status_.ok()) { \
      return tw_status_;                              \
    }                                                 \
  } while (false)

#define TW_CONCAT_INNER_(a, b) a##b
#define TW_CONCAT_(a, b) TW_CONCAT_INNER_(a, b)

// TW_ASSIGN_OR_RETURN(auto price, ParsePrice(text));
#define TW_ASSIGN_OR_RETURN(lhs, expr) \
  TW_ASSIGN_OR_RETURN_IMPL_(TW_CONCAT_(tw_statusor_, __LINE__), lhs, expr)
// A declaration cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TW_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                              \
  if (!tmp.ok()) {                                \
    return std::move(tmp).status();               \
  }                                               \
  lhs = *std::move(tmp)
// NOLINTEND(bugprone-macro-parentheses)
