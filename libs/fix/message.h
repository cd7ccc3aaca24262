// A FIX message as tags and texts: the body, in order. Header and trailer are the session's.
//
// C++14, so that the one target that sees QuickFIX's headers can read it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tw {
namespace fix {

struct Message {
  std::string type;  // "8"
  std::vector<std::pair<int, std::string>> fields;
  // Of a message that was received:
  int number = 0;            // MsgSeqNum
  bool poss_dup = false;     // sent again by the session
  bool poss_resend = false;  // by the application

  // Empty: not there.
  std::string Get(int tag) const {
    const auto it = std::find_if(fields.begin(), fields.end(),
                                 [tag](const auto& field) { return field.first == tag; });
    return it == fields.end() ? std::string() : it->second;
  }
  bool Has(int tag) const { return !Get(tag).empty(); }
  // Fields without a value are not sent.
  Message& Add(int tag, std::string value) {
    if (!value.empty()) {
      fields.emplace_back(tag, std::move(value));
    }
    return *this;
  }
};

}  // namespace fix
}  // namespace tw
