#include "services/risk/record.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
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

std::string Encode(const StrategyChanged& event) {
  return Frame(RecordKind::kStrategyChanged, event.time, EncodeStrategy(event));
}
std::string Encode(const EquityMarked& event) {
  v1::EquityMark message;
  message.set_account(event.account);
  message.set_day(event.day);
  message.set_day_start_e8(event.day_start.e8());
  message.set_peak_e8(event.peak.e8());
  return Frame(RecordKind::kEquityMarked, event.time, message);
}
std::string Encode(const KillReported& event) {
  return Frame(RecordKind::kKillReported, event.time, EncodeKillReport(event));
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
  ForEachLimit([&](const char*, Takes, auto member, auto edit) {
    event.values.*member = value((*row).*edit);
  });
  if (!Validate({event.key, event.values}).ok()) {
    return Broken("bad limits");
  }
  event.version = message.version();
  event.changed_by = message.changed_by();
  event.reason = message.reason();
  event.time = time;
  return Event(std::move(event));
}

// The firm's where none is named.
absl::StatusOr<LimitScope> ScopeOf(const std::string& text) {
  const std::optional<LimitScope> scope =
      text.empty() ? std::optional(LimitScope::kFirm) : ParseLimitScope(text);
  if (!scope) {
    return Broken("unknown scope");
  }
  return *scope;
}

absl::StatusOr<Event> DecodeStrategy(std::string_view body, Timestamp time) {
  TW_ASSIGN_OR_RETURN(const v1::DisabledStrategy message, Parse<v1::DisabledStrategy>(body));
  return Event(StrategyChanged{message.strategy(), message.disabled(), message.reason(),
                               message.by(), time});
}

absl::StatusOr<Event> DecodeEquity(std::string_view body, Timestamp time) {
  TW_ASSIGN_OR_RETURN(const v1::EquityMark message, Parse<v1::EquityMark>(body));
  return Event(EquityMarked{message.account(), message.day(), Money::FromE8(message.day_start_e8()),
                            Money::FromE8(message.peak_e8()), time});
}

absl::StatusOr<Event> DecodeKillReported(std::string_view body, Timestamp time) {
  TW_ASSIGN_OR_RETURN(const v1::KillReport message, Parse<v1::KillReport>(body));
  TW_ASSIGN_OR_RETURN(const LimitScope scope, ScopeOf(message.scope()));
  absl::StatusOr<KillReported> report = DecodeKillReport(message, scope);
  if (!report.ok()) {
    return Broken("bad kill report");
  }
  report->time = time;
  return Event(*std::move(report));
}

absl::StatusOr<Event> DecodeKillSwitch(std::string_view body, Timestamp time, bool cancel) {
  TW_ASSIGN_OR_RETURN(const v1::KillSwitch message, Parse<v1::KillSwitch>(body));
  TW_ASSIGN_OR_RETURN(const LimitScope scope, ScopeOf(message.scope()));
  return Event(KillSwitchChanged{message.engaged(), cancel, message.generation(), message.reason(),
                                 message.by(), time, scope, message.name(), message.drill()});
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
                                      message.by(), time, message.closing_only()});
    }
    case RecordKind::kStrategyChanged: return DecodeStrategy(body, time);
    case RecordKind::kEquityMarked: return DecodeEquity(body, time);
    case RecordKind::kKillReported: return DecodeKillReported(body, time);
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
    void operator()(const StrategyChanged& e) const { state.controls.Apply(e); }
    void operator()(const EquityMarked& e) const { state.Apply(e); }
    void operator()(const KillReported& e) const { state.controls.Apply(e); }
    void operator()(const AlertRaised& e) const { alerts.Apply(e); }
    void operator()(const AlertAcknowledged& e) const { alerts.Apply(e); }
  };
  std::visit(Visitor{state, alerts}, event);
}

namespace {

v1::RiskChange Line(
    const char* kind, LimitScope scope, std::string name, std::string text, Timestamp time) {
  v1::RiskChange out;
  out.set_kind(kind);
  out.set_scope(std::string(Name(scope)));
  out.set_name(std::move(name));
  out.set_text(std::move(text));
  if (time.IsSet()) {
    ToTimestamp(time, out.mutable_time());
  }
  return out;
}

struct ChangeOf {
  using Change = std::optional<v1::RiskChange>;

  static v1::RiskChange By(v1::RiskChange change,
                           const std::string& by,
                           const std::string& reason,
                           uint64_t version) {
    change.set_by(by);
    change.set_reason(reason);
    change.set_version(version);
    return change;
  }

  Change operator()(const LimitsChanged& e) const {
    return By(Line("LIMITS", e.key.scope, Describe(e.key), Describe(e.values), e.time),
              e.changed_by, e.reason, e.version);
  }
  Change operator()(const LimitsFileLoaded& e) const {
    return By(Line("LIMITS_FILE", LimitScope::kFirm, "", "hash=" + e.hash, e.time), "limits.toml",
              "the file at start", e.version);
  }
  Change operator()(const KillSwitchChanged& e) const {
    std::string text = e.engaged ? "engaged" : "released";
    text += e.cancel_open_orders ? ", cancel open orders" : "";
    text += e.drill ? ", drill" : "";
    return By(Line("KILL_SWITCH", e.scope, e.name, std::move(text), e.time), e.by, e.reason,
              e.generation);
  }
  Change operator()(const SymbolBlockChanged& e) const {
    const char* text = !e.blocked ? "unblocked" : e.closing_only ? "restricted" : "blocked";
    return By(Line("SYMBOL_BLOCK", LimitScope::kSymbol, e.symbol, text, e.time), e.by, e.reason, 0);
  }
  Change operator()(const StrategyChanged& e) const {
    return By(Line("STRATEGY", LimitScope::kStrategy, e.strategy,
                   e.disabled ? "switched off" : "switched on", e.time),
              e.by, e.reason, 0);
  }
  Change operator()(const KillReported& e) const {
    const v1::KillReport report = EncodeKillReport(e);
    std::string text = "blocked_ms=" + report.blocked_ms();
    if (e.cancels) {
      text += " open_orders=" + std::to_string(e.open_orders) +
              " confirmed_ms=" + report.confirmed_ms();
    }
    text += e.drill ? " drill" : "";
    return By(Line("KILL_REPORT", e.scope, e.name, std::move(text), e.time), e.by, e.reason,
              e.generation);
  }
  Change operator()(const EquityMarked&) const { return std::nullopt; }
  Change operator()(const AlertRaised&) const { return std::nullopt; }
  Change operator()(const AlertAcknowledged&) const { return std::nullopt; }
};

}  // namespace

std::optional<v1::RiskChange> ToChange(const Event& event) {
  return std::visit(ChangeOf(), event);
}

}  // namespace tw::risk
