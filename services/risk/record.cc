#include "services/risk/record.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "services/risk/convert.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk {
namespace {

constexpr size_t kHeaderBytes = 9;

absl::Status Broken(const char* what) {
  return absl::DataLossError(std::string("risk record: ") + what);
}

std::string Frame(RecordKind kind, Timestamp time, const google::protobuf::Message& message) {
  std::string out(1, static_cast<char>(kind));
  auto bits = static_cast<uint64_t>(time.ns);
  for (int i = 0; i < 8; ++i) {
    out.push_back(static_cast<char>(bits & 0xFF));
    bits >>= 8;
  }
  message.AppendToString(&out);
  return out;
}

Timestamp TimeOf(std::string_view record) {
  uint64_t bits = 0;
  for (size_t i = 8; i >= 1; --i) {
    bits = bits << 8 | static_cast<uint8_t>(record[i]);
  }
  return {static_cast<int64_t>(bits)};
}

std::string Encode(const LimitsChanged& event) {
  return Frame(RecordKind::kLimitsChanged, event.time, EncodeLimits(event));
}
std::string Encode(const LimitsFileLoaded& event) {
  v1::Limits message;
  message.set_reason(event.hash);
  message.set_version(event.version);
  return Frame(RecordKind::kLimitsFileLoaded, event.time, message);
}
std::string Encode(const KillSwitchChanged& event) {
  return Frame(event.cancel_open_orders ? RecordKind::kKillAndCancel : RecordKind::kKillSwitch,
               event.time, EncodeKillSwitch(event));
}
std::string Encode(const SymbolBlockChanged& event) {
  return Frame(RecordKind::kSymbolBlock, event.time, EncodeBlock(event));
}
std::string Encode(const AlertRaised& event) {
  return Frame(RecordKind::kAlertRaised, event.time, EncodeAlert({event, false, ""}));
}
std::string Encode(const AlertAcknowledged& event) {
  v1::AckAlertRequest message;
  message.set_alert_id(std::to_string(event.id));
  message.set_by(event.by);
  return Frame(RecordKind::kAlertAcknowledged, event.time, message);
}

absl::StatusOr<uint64_t> ParseId(const std::string& text) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id == 0) {
    return Broken("no alert id");
  }
  return id;
}

template <typename Message>
absl::StatusOr<Message> Parse(std::string_view body) {
  Message message;
  if (!message.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return Broken("cannot be parsed");
  }
  return message;
}

absl::StatusOr<Event> DecodeLimitsChanged(std::string_view body, Timestamp time) {
  TW_ASSIGN_OR_RETURN(const v1::Limits message, Parse<v1::Limits>(body));
  const absl::StatusOr<NewLimits> row = DecodeLimits(message);
  if (!row.ok()) {
    return Broken("bad limits");
  }
  const auto value = [](const auto& edit) {
    using Kind = decltype(edit.kind);
    return edit.kind == Kind::kSet ? std::optional(edit.value) : std::nullopt;
  };
  LimitsChanged event;
  event.key = row->key;
  event.values = {value(row->max_order_quantity), value(row->max_order_notional),
                  value(row->max_position), value(row->max_position_notional),
                  value(row->max_exposure)};
  if (!Validate({event.key, event.values}).ok()) {
    return Broken("bad limits");
  }
  event.version = message.version();
  event.changed_by = message.changed_by();
  event.reason = message.reason();
  event.time = time;
  return Event(std::move(event));
}

absl::StatusOr<Event> DecodeKillSwitch(std::string_view body, Timestamp time, bool cancel) {
  TW_ASSIGN_OR_RETURN(const v1::KillSwitch message, Parse<v1::KillSwitch>(body));
  return Event(KillSwitchChanged{message.engaged(), cancel, message.generation(), message.reason(),
                                 message.by(), time});
}

absl::StatusOr<Event> DecodeAlert(std::string_view body, Timestamp time) {
  TW_ASSIGN_OR_RETURN(const v1::RiskAlert message, Parse<v1::RiskAlert>(body));
  TW_ASSIGN_OR_RETURN(const uint64_t id, ParseId(message.alert_id()));
  for (const AlertKind kind : kAlertKinds) {
    if (Name(kind) == message.kind()) {
      return Event(
          AlertRaised{id, time, kind, message.account(), message.symbol(), message.message()});
    }
  }
  return Broken("unknown kind of alert");
}

}  // namespace

std::string EncodeRecord(const Event& event) {
  return std::visit([](const auto& e) { return Encode(e); }, event);
}

absl::StatusOr<Event> DecodeRecord(std::string_view record) {
  if (record.size() < kHeaderBytes) {
    return Broken("too short");
  }
  const Timestamp time = TimeOf(record);
  const std::string_view body = record.substr(kHeaderBytes);
  switch (static_cast<RecordKind>(record[0])) {
    case RecordKind::kLimitsChanged: return DecodeLimitsChanged(body, time);
    case RecordKind::kLimitsFileLoaded: {
      TW_ASSIGN_OR_RETURN(const v1::Limits message, Parse<v1::Limits>(body));
      return Event(LimitsFileLoaded{message.reason(), message.version(), time});
    }
    case RecordKind::kKillSwitch: return DecodeKillSwitch(body, time, false);
    case RecordKind::kKillAndCancel: return DecodeKillSwitch(body, time, true);
    case RecordKind::kSymbolBlock: {
      TW_ASSIGN_OR_RETURN(const v1::SymbolBlock message, Parse<v1::SymbolBlock>(body));
      return Event(SymbolBlockChanged{message.symbol(), message.blocked(), message.reason(),
                                      message.by(), time});
    }
    case RecordKind::kAlertRaised: return DecodeAlert(body, time);
    case RecordKind::kAlertAcknowledged: {
      TW_ASSIGN_OR_RETURN(const v1::AckAlertRequest message, Parse<v1::AckAlertRequest>(body));
      TW_ASSIGN_OR_RETURN(const uint64_t id, ParseId(message.alert_id()));
      return Event(AlertAcknowledged{id, message.by(), time});
    }
  }
  return Broken("unknown kind");
}

void Apply(const Event& event, State& state, Alerts& alerts) {
  struct Visitor {
    State& state;
    Alerts& alerts;
    void operator()(const LimitsChanged& e) const { state.limits.Apply(e); }
    void operator()(const LimitsFileLoaded& e) const { state.limits.Apply(e); }
    void operator()(const KillSwitchChanged& e) const { state.controls.Apply(e); }
    void operator()(const SymbolBlockChanged& e) const { state.controls.Apply(e); }
    void operator()(const AlertRaised& e) const { alerts.Apply(e); }
    void operator()(const AlertAcknowledged& e) const { alerts.Apply(e); }
  };
  std::visit(Visitor{state, alerts}, event);
}

}  // namespace tw::risk
