// What the readers of TOML files share. Internal to libs/config: it shows toml++.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/core/decimal.h"

namespace tw::config {

struct TomlFile {
  toml::table root;
  std::string hash;  // the first 16 hex digits of the content's SHA-256
};

// NotFound, or InvalidArgument with path and line. Files are read up to 4 MiB.
absl::StatusOr<TomlFile> ReadToml(const std::string& path);

// "FILE:LINE: what", collected.
class Faults {
 public:
  explicit Faults(std::string path) : path_(std::move(path)) {}

  void Add(const toml::node& where, const std::string& what);
  bool empty() const { return lines_.empty(); }
  absl::Status ToStatus() const;  // REQUIRES: !empty()

 private:
  std::string path_;
  std::vector<std::string> lines_;
};

// One [[table]] of a list, read field by field; every field must be known, and every fault names
// the item.
class ItemReader {
 public:
  // `item` is how messages call it: "instrument BTCUSDT".
  ItemReader(const toml::table& table, std::string item, Faults& faults)
      : table_(table), item_(std::move(item)), faults_(faults) {}

  // The text of `key`, or nullopt: a fault if it is there and no text, or missing and `required`.
  std::optional<std::string> Text(std::string_view key, bool required);

  // The texts of a list, each with where it stands; empty when it is absent. A fault if it is
  // anything else.
  std::vector<std::string> Texts(std::string_view key);

  // A decimal in text, > 0 with `positive`. `value` is left alone at a fault or when it is absent.
  template <typename D>
  void Read(std::string_view key, bool required, bool positive, D& value) {
    const std::optional<std::string> text = Text(key, required);
    if (!text) {
      return;
    }
    const absl::StatusOr<D> parsed = D::Parse(*text);
    if (!parsed.ok()) {
      Fault(key, std::string(parsed.status().message()));
    } else if (positive && parsed->e8() <= 0) {
      Fault(key, "must be above 0, found \"" + *text + "\"");
    } else {
      value = *parsed;
    }
  }

  // Marks a key as known without reading it.
  void Know(std::string_view key) { known_.emplace_back(key); }
  void Fault(std::string_view key, const std::string& what);
  // Call last: names every key that nothing asked for.
  void RefuseUnknown();

 private:
  const toml::table& table_;
  std::string item_;
  Faults& faults_;
  std::vector<std::string> known_;
};

}  // namespace tw::config
