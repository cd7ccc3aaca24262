#include "libs/config/toml_file.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "libs/config/nearest.h"

namespace tw::config {
namespace {

constexpr size_t kFileBytesMax = 4 << 20;

std::string ShortSha256(const std::string& content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  std::string hex;
  for (size_t i = 0; i < 8; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

}  // namespace

absl::StatusOr<TomlFile> ReadToml(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(path + ": " + std::generic_category().message(errno));
  }
  std::string content(kFileBytesMax + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<size_t>(in.gcount()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return absl::InvalidArgumentError(path + ": cannot be read");
  }
  if (content.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(path + ": larger than 4 MiB");
  }
  try {
    return TomlFile{toml::parse(content, path), ShortSha256(content)};
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(path + ":" + std::to_string(error.source().begin.line) +
                                      ": " + std::string(error.description()));
  }
}

void Faults::Add(const toml::node& where, const std::string& what) {
  const auto line = where.source().begin.line;
  lines_.push_back(path_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
}

absl::Status Faults::ToStatus() const {
  std::string text;
  for (const std::string& line : lines_) {
    text += (text.empty() ? "" : "\n") + line;
  }
  return absl::InvalidArgumentError(text);
}

std::optional<std::string> ItemReader::Text(std::string_view key, bool required) {
  Know(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr) {
    if (required) {
      Fault(key, "is missing");
    }
    return std::nullopt;
  }
  const std::optional<std::string> text = node->value_exact<std::string>();
  if (!text) {
    Fault(key, "must be a text in quotes");
  }
  return text;
}

std::vector<std::string> ItemReader::Texts(std::string_view key) {
  Know(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr) {
    return {};
  }
  std::vector<std::string> texts;
  if (const toml::array* list = node->as_array()) {
    for (const toml::node& item : *list) {
      if (const std::optional<std::string> text = item.value_exact<std::string>()) {
        texts.push_back(*text);
      }
    }
    if (texts.size() == list->size()) {
      return texts;
    }
  }
  Fault(key, "must be a list of texts in quotes");
  return {};
}

void ItemReader::Fault(std::string_view key, const std::string& what) {
  const toml::node* node = table_.get(key);
  faults_.Add(node == nullptr ? table_ : *node, item_ + ": " + std::string(key) + ": " + what);
}

void ItemReader::RefuseUnknown() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) {
      faults_.Add(node, item_ + ": unknown key \"" + std::string(key.str()) + "\"" +
                            DidYouMean(key.str(), known_));
    }
  }
}

}  // namespace tw::config
