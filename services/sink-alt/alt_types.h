// What records of a category must have. Rules are data, from alt-types.toml. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sink_alt {

struct AltType {
  std::string category;
  bool needs_title = false;
  bool needs_body = false;
  bool needs_value = false;
  size_t symbols_min = 0;
  size_t symbols_max = 100;
  std::optional<double> value_min;  // tidy: analytics, bounds of a figure that nothing is booked by
  std::optional<double> value_max;  // tidy: analytics, as above
};

class AltTypes {
 public:
  AltTypes() = default;  // any category, no rules
  AltTypes(std::vector<AltType> types, bool others) : types_(std::move(types)), others_(others) {}

  // Null: no rules for it.
  const AltType* Find(std::string_view category) const;
  // Whether categories without rules are taken.
  bool others() const { return others_; }
  const std::vector<AltType>& list() const { return types_; }

 private:
  std::vector<AltType> types_;
  bool others_ = true;
};

}  // namespace tw::sink_alt
