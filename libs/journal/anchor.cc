#include "libs/journal/anchor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "libs/base/status_macros.h"

namespace tw::journal {
namespace {

template <typename T>
bool ReadNumber(const std::string& text, T& out, int base = 10) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out, base);
  return error == std::errc() && stop == end && !text.empty();
}

bool ReadHash(const std::string& text, Hash& hash) {
  if (text.size() != 2 * hash.size()) {
    return false;
  }
  for (size_t i = 0; i < hash.size(); ++i) {
    if (!ReadNumber(text.substr(2 * i, 2), hash[i], 16)) {
      return false;
    }
  }
  return true;
}

// "journal 00f1... record 17 sequence 34 hash ab... seen 1764.. " with the time in nanoseconds.
std::optional<Anchor> ParseLine(const std::string& line) {
  std::istringstream words(line);
  std::string names[5];
  std::string values[5];
  for (size_t i = 0; i < 5; ++i) {
    words >> names[i] >> values[i];
  }
  std::string more;
  Anchor anchor;
  const bool good = words && !(words >> more) && names[0] == "journal" && names[1] == "record" &&
                    names[2] == "sequence" && names[3] == "hash" && names[4] == "seen_ns" &&
                    ReadNumber(values[0], anchor.journal_id, 16) &&
                    ReadNumber(values[1], anchor.record) &&
                    ReadNumber(values[2], anchor.sequence) && ReadHash(values[3], anchor.hash) &&
                    ReadNumber(values[4], anchor.seen.ns);
  return good ? std::optional(anchor) : std::nullopt;
}

absl::Status Replace(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  bool done = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) {
    close(fd);
  }
  done = done && std::rename(fresh.c_str(), path.c_str()) == 0;
  return done ? absl::OkStatus() : absl::ErrnoToStatus(error, path + " cannot be written");
}

absl::Status Mismatch(const Witness& witness, const std::string& what) {
  return absl::DataLossError(fmt::format(
      "{}: {} saw record {} on {} with hash {}", what, witness.name, witness.anchor.record,
      FormatRfc3339(witness.anchor.seen), Hex(witness.anchor.hash)));
}

}  // namespace

absl::StatusOr<std::vector<Anchor>> ParseAnchors(const std::string& text) {
  std::vector<Anchor> anchors;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::optional<Anchor> anchor = ParseLine(line);
    if (!anchor) {
      return absl::DataLossError("no anchor: \"" + line.substr(0, 80) + "\"");
    }
    anchors.push_back(*anchor);
  }
  return anchors;
}

std::string FormatAnchors(const std::vector<Anchor>& anchors) {
  std::string text;
  for (const Anchor& a : anchors) {
    text += fmt::format("journal {:016x} record {} sequence {} hash {} seen_ns {}\n", a.journal_id,
                        a.record, a.sequence, Hex(a.hash), a.seen.ns);
  }
  return text;
}

absl::StatusOr<std::vector<Anchor>> ReadAnchors(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return errno == ENOENT ? absl::StatusOr<std::vector<Anchor>>(std::vector<Anchor>())
                           : absl::ErrnoToStatus(errno, path + " cannot be read");
  }
  std::ostringstream text;
  text << file.rdbuf();
  absl::StatusOr<std::vector<Anchor>> anchors = ParseAnchors(text.str());
  if (!anchors.ok()) {
    return absl::DataLossError(path + ": " + std::string(anchors.status().message()));
  }
  return anchors;
}

AnchorFile::AnchorFile(std::string path) : path_(std::move(path)) {
  absl::StatusOr<std::vector<Anchor>> anchors = ReadAnchors(path_);
  read_ = anchors.status();
  anchors_ = std::move(anchors).value_or(std::vector<Anchor>());
}

absl::Status AnchorFile::Keep(const Anchor& anchor) {
  TW_RETURN_IF_ERROR(read_);
  const auto known = std::find_if(anchors_.begin(), anchors_.end(), [&](const Anchor& each) {
    return each.journal_id == anchor.journal_id;
  });
  if (known != anchors_.end()) {
    if (known->record == anchor.record && known->hash == anchor.hash) {
      return absl::OkStatus();
    }
    if (known->record >= anchor.record) {
      return absl::FailedPreconditionError(fmt::format(
          "the journal was cut or changed: it shows record {} with hash {}, and showed record {} "
          "with hash {} on {}",
          anchor.record, Hex(anchor.hash), known->record, Hex(known->hash),
          FormatRfc3339(known->seen)));
    }
  }
  std::vector<Anchor> next = anchors_;
  std::erase_if(next, [&](const Anchor& each) { return each.journal_id == anchor.journal_id; });
  next.push_back(anchor);
  if (next.size() > kJournalsMax) {
    next.erase(next.begin());
  }
  TW_RETURN_IF_ERROR(Replace(path_, FormatAnchors(next)));
  anchors_ = std::move(next);
  return absl::OkStatus();
}

AnchorCheck::AnchorCheck(std::vector<Witness> witnesses) : witnesses_(std::move(witnesses)) {
  std::sort(witnesses_.begin(), witnesses_.end(),
            [](const Witness& a, const Witness& b) { return a.anchor.record < b.anchor.record; });
  confirmed_.resize(witnesses_.size());
}

absl::Status AnchorCheck::OnGroup(const GroupHeader& header, const GroupPlace& place) {
  for (; next_ < witnesses_.size() && witnesses_[next_].anchor.record <= header.last_number();
       ++next_) {
    const Anchor& anchor = witnesses_[next_].anchor;
    confirmed_[next_] = anchor.journal_id == header.journal_id &&
                        anchor.record == header.last_number() && anchor.hash == place.hash;
  }
  return absl::OkStatus();
}

AnchorCheck::Result AnchorCheck::Finish(const RecoveryReport& report) const {
  Result result;
  result.unanchored = report.last_number;
  bool of_another = false;
  for (size_t i = 0; i < witnesses_.size(); ++i) {
    const Witness& witness = witnesses_[i];
    if (witness.anchor.journal_id != report.journal_id) {
      of_another = true;
    } else if (witness.anchor.record > report.last_number) {
      result.status.Update(Mismatch(
          witness, fmt::format("cut: the journal ends with record {}", report.last_number)));
    } else if (!confirmed_[i]) {
      result.status.Update(Mismatch(witness, "changed"));
    } else {
      result.anchored = witness.anchor.record;
      result.by = witness.name;
      result.seen = witness.anchor.seen;
      result.unanchored = report.last_number - witness.anchor.record;
    }
  }
  if (of_another && result.anchored == 0 && result.status.ok()) {
    result.status = absl::DataLossError(fmt::format(
        "another journal: {} followed one with id {:016x}, this one's is {:016x}",
        witnesses_.front().name, witnesses_.front().anchor.journal_id, report.journal_id));
  }
  return result;
}

}  // namespace tw::journal
