#include "libs/http/router.h"

#include <algorithm>
#include <set>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"

namespace tw::http {
namespace {

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> segments;
  size_t begin = 1;
  while (begin < path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

bool IsParameter(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool IsRest(const std::string& segment) {
  return IsParameter(segment) && segment[segment.size() - 2] == '*';
}
bool EndsInRest(const Router::Entry& entry) {
  return !entry.segments.empty() && IsRest(entry.segments.back());
}

bool Fits(const Router::Entry& entry, const std::vector<std::string>& path) {
  const size_t fixed = entry.segments.size() - (EndsInRest(entry) ? 1 : 0);
  if (EndsInRest(entry) ? path.size() < fixed : path.size() != fixed) {
    return false;
  }
  for (size_t i = 0; i < fixed; ++i) {
    const std::string& segment = entry.segments[i];
    if (IsParameter(segment) ? path[i].empty() : segment != path[i]) {
      return false;
    }
  }
  return true;
}

// Whether `a` is the closer of two entries that fit: at the first difference a literal wins over a
// parameter, and a parameter over the rest.
bool Closer(const Router::Entry& a, const Router::Entry& b) {
  const auto rank = [](const std::string& segment) {
    return IsRest(segment) ? 2 : (IsParameter(segment) ? 1 : 0);
  };
  return std::lexicographical_compare(
      a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
      [&](const std::string& x, const std::string& y) { return rank(x) < rank(y); });
}

bool Serves(const Router::Entry& entry, std::string_view method) {
  return entry.method == method || (entry.method == "GET" && method == "HEAD");
}

NameValues Params(const Router::Entry& entry, const std::vector<std::string>& path) {
  NameValues params;
  for (size_t i = 0; i < entry.segments.size(); ++i) {
    const std::string& segment = entry.segments[i];
    if (IsRest(segment)) {
      std::string rest;
      for (size_t j = i; j < path.size(); ++j) {
        rest += (j == i ? "" : "/") + path[j];
      }
      params.emplace_back(segment.substr(1, segment.size() - 3), std::move(rest));
    } else if (IsParameter(segment)) {
      params.emplace_back(segment.substr(1, segment.size() - 2), path[i]);
    }
  }
  return params;
}

}  // namespace

void Router::Add(Entry entry) {
  TW_CHECK(!entry.pattern.empty() && entry.pattern.front() == '/');
  entry.segments = Split(entry.pattern);
  for (size_t i = 0; i + 1 < entry.segments.size(); ++i) {
    TW_CHECK(!entry.segments[i].empty() && !IsRest(entry.segments[i]));
  }
  for (const Entry& other : entries_) {
    TW_CHECK(other.method != entry.method || other.pattern != entry.pattern);
  }
  entries_.push_back(std::move(entry));
}

absl::StatusOr<Router::Match> Router::Find(std::string_view method,
                                           std::string_view raw_path) const {
  std::vector<std::string> path = Split(raw_path);
  for (std::string& segment : path) {
    TW_ASSIGN_OR_RETURN(segment, PercentDecode(segment, false));
  }
  Match match;
  std::set<std::string> methods;
  for (const Entry& entry : entries_) {
    if (!Fits(entry, path)) {
      continue;
    }
    // What only the catch-all page route fits is no known path: a POST to it is 404, not 405.
    if (!EndsInRest(entry)) {
      methods.insert(entry.method);
    }
    if (Serves(entry, method) && (match.entry == nullptr || Closer(entry, *match.entry))) {
      match.entry = &entry;
    }
  }
  // A path that other methods have must not fall through to the catch-all.
  if (match.entry != nullptr && EndsInRest(*match.entry) && !methods.empty()) {
    match.entry = nullptr;
  }
  if (match.entry != nullptr) {
    match.params = Params(*match.entry, path);
    return match;
  }
  if (!methods.empty()) {
    methods.insert("OPTIONS");
    if (methods.count("GET") > 0) {
      methods.insert("HEAD");
    }
    for (const std::string& name : methods) {
      match.allow += (match.allow.empty() ? "" : ", ") + name;
    }
  }
  return match;
}

}  // namespace tw::http
