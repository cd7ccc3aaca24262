#include "services/gateway/account_filter.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

namespace tw::gateway {
namespace {

using auth::AccountRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kDefaultAccount[] = "default";

// Null where the message has no such text.
const FieldDescriptor* TextField(const Message& message, const char* name) {
  const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && !field->is_repeated() &&
                 field->cpp_type() == FieldDescriptor::CPPTYPE_STRING
             ? field
             : nullptr;
}

std::string TextOf(const Message& message, const char* name) {
  const FieldDescriptor* const field = TextField(message, name);
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

bool HasId(const Message& request) {
  return !TextOf(request, "order_id").empty() || !TextOf(request, "parent_order_id").empty();
}

absl::Status HoldAccount(const auth::Caller& caller,
                         AccountRule rule,
                         Message& request,
                         const FieldDescriptor* field) {
  const Reflection& reflection = *request.GetReflection();
  std::string account = reflection.GetString(request, field);
  const bool by_id =
      rule == AccountRule::kOrder || rule == AccountRule::kAnswer || rule == AccountRule::kParent;
  if (account.empty() && by_id && HasId(request)) {
    return absl::OkStatus();  // whose it is will be seen
  }
  if (account.empty() && (rule == AccountRule::kFilter || rule == AccountRule::kMust)) {
    const auth::Accounts& mine = caller.facts().accounts;
    if (mine.size() == 1) {
      reflection.SetString(&request, field, mine.front());
      return absl::OkStatus();
    }
    if (rule == AccountRule::kMust || mine.empty()) {
      return absl::PermissionDeniedError(
          "account: name one: you are not entitled to every account");
    }
    return absl::OkStatus();
  }
  account = account.empty() ? kDefaultAccount : account;
  return caller.Covers(account) ? absl::OkStatus() : NotEntitled(account);
}

// Each `account` in the message and in what it holds; of linked orders, `first` is the first one's.
absl::Status HoldAll(const auth::Caller& caller, AccountRule rule, Message& request, bool& first) {
  const FieldDescriptor* const account = TextField(request, "account");
  const bool as_the_first =
      rule == AccountRule::kLinked && !first && TextOf(request, "account").empty();
  if (account != nullptr && !as_the_first) {
    first = false;
    if (absl::Status held = HoldAccount(caller, rule, request, account); !held.ok()) {
      return held;
    }
  }
  const Reflection& reflection = *request.GetReflection();
  const auto* const descriptor = request.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* const field = descriptor->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    const int count = field->is_repeated() ? reflection.FieldSize(request, field)
                                           : (reflection.HasField(request, field) ? 1 : 0);
    for (int j = 0; j < count; ++j) {
      Message& inner = field->is_repeated() ? *reflection.MutableRepeatedMessage(&request, field, j)
                                            : *reflection.MutableMessage(&request, field);
      if (absl::Status held = HoldAll(caller, rule, inner, first); !held.ok()) {
        return held;
      }
    }
  }
  return absl::OkStatus();
}

void SetOnlyAccounts(const auth::Caller& caller, Message& request) {
  const FieldDescriptor* const field = request.GetDescriptor()->FindFieldByName("only_accounts");
  if (field == nullptr || !field->is_repeated()) {
    return;
  }
  const Reflection& reflection = *request.GetReflection();
  reflection.ClearField(&request, field);
  for (const std::string& account : caller.facts().accounts) {
    reflection.AddString(&request, field, account);
  }
  if (caller.facts().accounts.empty()) {
    reflection.AddString(&request, field, "-");  // an empty list would mean any
  }
}

bool IsFor(const auth::Caller& caller, const std::string& account) {
  return account.empty() || caller.Covers(account);
}

// What a desk, a strategy or the firm has is of many accounts: for who is entitled to all of them.
bool IsOfManyAccounts(const FieldDescriptor* field) {
  return field->message_type()->name() == "ScopeExposure";
}

void HoldRepeated(const auth::Caller& caller, Message& answer, const FieldDescriptor* field) {
  const Reflection& reflection = *answer.GetReflection();
  if (IsOfManyAccounts(field)) {
    reflection.ClearField(&answer, field);
    return;
  }
  const int count = reflection.FieldSize(answer, field);
  int kept = 0;
  for (int i = 0; i < count; ++i) {
    if (IsFor(caller, AccountOf(reflection.GetRepeatedMessage(answer, field, i)))) {
      reflection.SwapElements(&answer, field, kept++, i);
    }
  }
  for (int i = kept; i < count; ++i) {
    reflection.RemoveLast(&answer, field);
  }
}

}  // namespace

absl::Status NotEntitled(std::string_view account) {
  return absl::PermissionDeniedError("you are not entitled to account " +
                                     std::string(account.substr(0, 64)));
}

std::string AccountOf(const Message& message) {
  if (TextField(message, "account") != nullptr) {
    return TextOf(message, "account");
  }
  for (const char* const name : {"order", "fill", "parent"}) {
    const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr && !field->is_repeated() &&
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
        message.GetReflection()->HasField(message, field)) {
      return AccountOf(message.GetReflection()->GetMessage(message, field));
    }
  }
  return "";
}

absl::Status HoldRequest(const auth::Caller& caller, AccountRule rule, Message& request) {
  if (rule == AccountRule::kNone || caller.CoversAll()) {
    return absl::OkStatus();
  }
  if (rule == AccountRule::kOrder) {
    SetOnlyAccounts(caller, request);
  }
  bool first = true;
  return HoldAll(caller, rule, request, first);
}

absl::Status HoldAnswer(const auth::Caller& caller, Message& answer) {
  if (caller.CoversAll()) {
    return absl::OkStatus();
  }
  if (const std::string account = AccountOf(answer); !IsFor(caller, account)) {
    return NotEntitled(account);
  }
  const auto* const descriptor = answer.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* const field = descriptor->field(i);
    if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      HoldRepeated(caller, answer, field);
    }
  }
  return absl::OkStatus();
}

void HoldEvents(const auth::Caller& caller,
                google::protobuf::RepeatedPtrField<tradewind::v1::OrderEvent>& events,
                uint64_t& last) {
  if (caller.CoversAll()) {
    return;
  }
  int kept = 0;
  for (int i = 0; i < events.size(); ++i) {
    if (!IsFor(caller, AccountOf(events.Get(i)))) {
      continue;
    }
    tradewind::v1::OrderEvent& event = *events.Mutable(i);
    // The first one of a stream keeps what its owner says: it may go on from an earlier stream.
    if (last != 0) {
      event.set_previous_sequence(last);
    }
    last = event.sequence();
    events.SwapElements(kept++, i);
  }
  events.DeleteSubrange(kept, events.size() - kept);
}

}  // namespace tw::gateway
