#include "services/risk/officer.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "services/risk/convert.h"

namespace tw::risk {
namespace {

constexpr int kPageDefault = 100;
constexpr int kPageMax = 1000;

template <typename T>
absl::StatusOr<std::optional<Event>> AsEvent(absl::StatusOr<std::optional<T>> decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  return decided->has_value() ? std::optional<Event>(**std::move(decided)) : std::nullopt;
}

// Who, and why: nobody who wants to stop trading is held up by an empty field.
std::string OrElse(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : text;
}

absl::StatusOr<size_t> PageLimit(int32_t asked) {
  const int limit = asked == 0 ? kPageDefault : asked;
  if (limit < 1 || limit > kPageMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  return static_cast<size_t>(limit);
}

constexpr const char* kNobody = "anonymous";
constexpr const char* kNoReason = "no reason given";

}  // namespace

v1::GetLimitsResponse Officer::GetLimits(const v1::GetLimitsRequest& request) const {
  return desk_.Read([&](const State& state, const Alerts&) {
    v1::GetLimitsResponse out;
    for (const LimitsChanged& row : state.limits.List(
             {request.account(), request.symbol(), request.desk(), request.strategy()})) {
      *out.add_limits() = EncodeLimits(row);
    }
    out.set_version(state.limits.version());
    return out;
  });
}

void Officer::SetLimits(const v1::SetLimitsRequest& request, Answer<v1::Limits> answer) {
  absl::StatusOr<NewLimits> command = DecodeLimits(request.limits());
  if (!command.ok()) {
    answer(command.status());
    return;
  }
  Change(*std::move(command), std::move(answer));
}

void Officer::ClearLimits(const v1::Limits& row, Answer<v1::Limits> answer) {
  v1::Limits key;
  key.set_scope(row.scope());
  key.set_account(row.account());
  key.set_symbol(row.symbol());
  key.set_desk(row.desk());
  key.set_strategy(row.strategy());
  key.set_reason(row.reason());
  key.set_changed_by(row.changed_by());
  absl::StatusOr<NewLimits> command = DecodeLimits(key);
  if (!command.ok()) {
    answer(command.status());
    return;
  }
  ForEachLimit([&](const char*, Takes, auto, auto edit) {
    auto& one = (*command).*edit;
    one.kind = std::decay_t<decltype(one)>::Kind::kClear;
  });
  Change(*std::move(command), std::move(answer));
}

void Officer::Change(NewLimits command, Answer<v1::Limits> answer) {
  command.changed_by = OrElse(command.changed_by, kNobody);
  const LimitKey key = command.key;
  clerk_.Submit(
      [command](const State& state, const Alerts&,
                Timestamp now) -> absl::StatusOr<std::optional<Event>> {
        const LimitKey& k = command.key;
        if (!k.symbol.empty() && k.symbol != kAny && state.instruments.Find(k.symbol) == nullptr) {
          return FieldError("symbol", "'" + k.symbol + "' is not known");
        }
        if (!k.account.empty() && k.account != kAny && !state.KnowsAccount(k.account)) {
          return FieldError("account", "'" + k.account + "' is not known");
        }
        TW_ASSIGN_OR_RETURN(LimitsChanged event, state.limits.Decide(command, now));
        return std::optional<Event>(std::move(event));
      },
      [this, key, answer = std::move(answer)](const absl::Status& status) {
        if (!status.ok()) {
          answer(status);
          return;
        }
        const auto row =
            desk_.Read([&](const State& state, const Alerts&) { return state.limits.Find(key); });
        const v1::Limits message = row ? EncodeLimits(*row) : v1::Limits();
        log::Info("limits_changed", {{"scope", message.scope()},
                                     {"account", message.account()},
                                     {"symbol", message.symbol()},
                                     {"by", message.changed_by()},
                                     {"reason", message.reason()},
                                     {"version", message.version()}});
        answer(message);
      });
}

absl::StatusOr<std::vector<v1::RiskAlert>> Officer::ListAlerts(
    const v1::ListAlertsRequest& request) const {
  TW_ASSIGN_OR_RETURN(const size_t limit, PageLimit(request.limit()));
  return desk_.Read([&](const State&, const Alerts& alerts) {
    std::vector<v1::RiskAlert> out;
    for (const Alert& alert : alerts.List(limit, request.open_only())) {
      out.push_back(EncodeAlert(alert));
    }
    return out;
  });
}

void Officer::AckAlert(const v1::AckAlertRequest& request, Answer<v1::RiskAlert> answer) {
  const std::string& text = request.alert_id();
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    answer(absl::NotFoundError("alert '" + text + "' is not known"));
    return;
  }
  clerk_.Submit(
      [id, by = OrElse(request.by(), kNobody)](const State&, const Alerts& alerts, Timestamp now) {
        return AsEvent(alerts.DecideAck(id, by, now));
      },
      [this, id, answer = std::move(answer)](const absl::Status& status) {
        if (!status.ok()) {
          answer(status);
          return;
        }
        answer(desk_.Read([&](const State&, const Alerts& alerts) {
          const Alert* alert = alerts.Find(id);
          return alert != nullptr ? EncodeAlert(*alert) : v1::RiskAlert();
        }));
      });
}

void Officer::BlockSymbol(const v1::BlockSymbolRequest& request, Answer<v1::SymbolBlock> answer) {
  SetBlock({request.symbol(), true, request.reason(), request.by(), {}, request.closing_only()},
           std::move(answer));
}

void Officer::UnblockSymbol(const v1::UnblockSymbolRequest& request,
                            Answer<v1::SymbolBlock> answer) {
  SetBlock({request.symbol(), false, request.reason(), request.by(), {}}, std::move(answer));
}

void Officer::SetBlock(SymbolBlockChanged wanted, Answer<v1::SymbolBlock> answer) {
  wanted.reason = OrElse(wanted.reason, kNoReason);
  wanted.by = OrElse(wanted.by, kNobody);
  const auto changed = std::make_shared<bool>(false);
  clerk_.Submit(
      [wanted, changed](const State& state, const Alerts&,
                        Timestamp now) -> absl::StatusOr<std::optional<Event>> {
        if (state.instruments.Find(wanted.symbol) == nullptr) {
          return absl::NotFoundError("symbol '" + wanted.symbol + "' is not known");
        }
        auto event = state.controls.DecideBlock(wanted.symbol, wanted.blocked, wanted.reason,
                                                wanted.by, now, wanted.closing_only);
        *changed = event.ok() && event->has_value();
        return AsEvent(std::move(event));
      },
      [this, wanted, changed, answer = std::move(answer)](const absl::Status& status) {
        if (!status.ok()) {
          answer(status);
          return;
        }
        if (*changed) {
          TellOfBlock(wanted);
        }
        // The block that stands; a repeat has not changed who set it, and why.
        answer(EncodeBlock(desk_.Read([&](const State& state, const Alerts&) {
          return state.controls.FindBlock(wanted.symbol).value_or(wanted);
        })));
      },
      journal::Lane::kPriority);
}

void Officer::TellOfBlock(const SymbolBlockChanged& change) {
  log::Info("symbol_block_changed", {{"symbol", change.symbol},
                                     {"blocked", change.blocked},
                                     {"by", change.by},
                                     {"reason", change.reason}});
  if (change.blocked) {
    AlertRaised alert;
    alert.kind = AlertKind::kSymbolBlocked;
    alert.symbol = change.symbol;
    alert.message = fmt::format("{} by {}: {}", change.closing_only ? "restricted" : "blocked",
                                change.by, change.reason);
    clerk_.Raise(std::move(alert));
  }
}

namespace {

// "" is the firm's.
absl::StatusOr<LimitScope> KillScope(const std::string& text) {
  const std::optional<LimitScope> scope =
      text.empty() ? std::optional(LimitScope::kFirm) : ParseLimitScope(text);
  if (!scope || *scope == LimitScope::kAccountSymbol) {
    return FieldError("scope", "must be firm, desk, account, strategy or symbol");
  }
  return *scope;
}

}  // namespace

void Officer::EngageKillSwitch(const v1::EngageKillSwitchRequest& request,
                               Answer<v1::KillSwitch> answer) {
  const absl::StatusOr<LimitScope> scope = KillScope(request.scope());
  if (!scope.ok()) {
    answer(scope.status());
    return;
  }
  KillSwitchChanged wanted;
  wanted.engaged = true;
  wanted.cancel_open_orders = request.cancel_open_orders();
  wanted.reason = request.reason();
  wanted.by = request.by();
  wanted.scope = *scope;
  wanted.name = request.name();
  wanted.drill = request.drill();
  SetKillSwitch(std::move(wanted), std::move(answer));
}

void Officer::ReleaseKillSwitch(const v1::ReleaseKillSwitchRequest& request,
                                Answer<v1::KillSwitch> answer) {
  const absl::StatusOr<LimitScope> scope = KillScope(request.scope());
  if (!scope.ok()) {
    answer(scope.status());
    return;
  }
  KillSwitchChanged wanted;
  wanted.reason = request.reason();
  wanted.by = request.by();
  wanted.scope = *scope;
  wanted.name = request.name();
  SetKillSwitch(std::move(wanted), std::move(answer));
}

void Officer::SetKillSwitch(KillSwitchChanged wanted, Answer<v1::KillSwitch> answer) {
  wanted.reason = OrElse(wanted.reason, kNoReason);
  wanted.by = OrElse(wanted.by, kNobody);
  const auto changed = std::make_shared<std::optional<KillSwitchChanged>>();
  clerk_.Submit(
      [wanted, changed](const State& state, const Alerts&,
                        Timestamp now) -> absl::StatusOr<std::optional<Event>> {
        if (wanted.scope == LimitScope::kSymbol && state.instruments.Find(wanted.name) == nullptr) {
          return absl::NotFoundError("symbol '" + wanted.name + "' is not known");
        }
        const auto event = state.controls.DecideKillSwitch(wanted, now);
        *changed = event.ok() ? *event : std::nullopt;
        return AsEvent(event);
      },
      [this, wanted, changed, asked_ns = MonotonicNanos(),
       answer = std::move(answer)](const absl::Status& status) {
        if (!status.ok()) {
          answer(status);
          return;
        }
        if (changed->has_value()) {
          TellOfKillSwitch(**changed, asked_ns);
        }
        const v1::KillSwitch firm = GetKillSwitch();
        if (wanted.scope == LimitScope::kFirm) {
          answer(firm);
          return;
        }
        KillSwitchChanged is = changed->value_or(wanted);
        for (const v1::KillSwitch& each : firm.scoped()) {
          if (each.scope() == Name(wanted.scope) && each.name() == wanted.name) {
            answer(each);  // as it stands; a repeat has not changed who threw it, and why
            return;
          }
        }
        is.generation = firm.generation();
        answer(EncodeKillSwitch(is));
      },
      journal::Lane::kPriority);
}

void Officer::TellOfKillSwitch(const KillSwitchChanged& change, int64_t asked_ns) {
  log::Warn("kill_switch_changed", {{"engaged", change.engaged},
                                    {"scope", std::string(Name(change.scope))},
                                    {"name", change.name},
                                    {"drill", change.drill},
                                    {"by", change.by},
                                    {"reason", change.reason}});
  AlertRaised alert;
  alert.kind = AlertKind::kKillSwitch;
  alert.account = change.scope == LimitScope::kAccount ? change.name : "";
  alert.symbol = change.scope == LimitScope::kSymbol ? change.name : "";
  const std::string of = change.scope == LimitScope::kFirm
                             ? ""
                             : fmt::format(" for {} {}", Name(change.scope), change.name);
  alert.message =
      fmt::format("{}{}{} by {}: {}", change.drill ? "drill: " : "",
                  change.engaged ? "engaged" : "released", of, change.by, change.reason);
  clerk_.Raise(std::move(alert));
  if (change.engaged) {
    watch_.OnEngaged(change, asked_ns);
  } else {
    watch_.OnReleased(change.scope, change.name);
  }
  on_kill_switch_();
}

v1::KillSwitch Officer::GetKillSwitch() const {
  return desk_.Read([](const State& state, const Alerts&) {
    v1::KillSwitch out = EncodeKillSwitch(state.controls.kill_switch());
    for (const KillSwitchChanged& each : state.controls.ListKills()) {
      *out.add_scoped() = EncodeKillSwitch(each);
    }
    return out;
  });
}

absl::StatusOr<v1::ListKillReportsResponse> Officer::ListKillReports(
    const v1::ListKillReportsRequest& request) const {
  TW_ASSIGN_OR_RETURN(const size_t limit, PageLimit(request.limit()));
  std::vector<KillReported> all = desk_.Read([&](const State& state, const Alerts&) {
    const auto& kept = state.controls.kill_reports();
    return std::vector<KillReported>(
        kept.end() - static_cast<int64_t>(std::min(limit, kept.size())), kept.end());
  });
  for (KillReported& running : watch_.Running()) {
    all.push_back(std::move(running));
  }
  v1::ListKillReportsResponse out;
  for (size_t i = all.size() - std::min(limit, all.size()); i < all.size(); ++i) {
    *out.add_reports() = EncodeKillReport(all[i]);
  }
  return out;
}

v1::ListSymbolBlocksResponse Officer::ListSymbolBlocks() const {
  return desk_.Read([](const State& state, const Alerts&) {
    v1::ListSymbolBlocksResponse out;
    for (const SymbolBlockChanged& each : state.controls.ListBlocks()) {
      *out.add_blocks() = EncodeBlock(each);
    }
    return out;
  });
}

v1::ListDisabledStrategiesResponse Officer::ListDisabledStrategies() const {
  return desk_.Read([](const State& state, const Alerts&) {
    v1::ListDisabledStrategiesResponse out;
    for (const StrategyChanged& each : state.controls.ListDisabled()) {
      *out.add_strategies() = EncodeStrategy(each);
    }
    return out;
  });
}

void Officer::EnableStrategy(const v1::EnableStrategyRequest& request,
                             Answer<v1::DisabledStrategy> answer) {
  clerk_.Submit(
      [request](const State& state, const Alerts&,
                Timestamp now) -> absl::StatusOr<std::optional<Event>> {
        TW_ASSIGN_OR_RETURN(
            StrategyChanged event,
            state.controls.DecideEnable(request.strategy(), request.reason(), request.by(), now));
        return std::optional<Event>(std::move(event));
      },
      [this, name = request.strategy(), answer = std::move(answer)](const absl::Status& status) {
        if (!status.ok()) {
          answer(status);
          return;
        }
        answer(desk_.Read([&](const State& state, const Alerts&) {
          const StrategyChanged* is = state.controls.FindStrategy(name);
          return is != nullptr ? EncodeStrategy(*is) : v1::DisabledStrategy();
        }));
      });
}

absl::StatusOr<v1::ListChangesResponse> Officer::ListChanges(
    const v1::ListChangesRequest& request) const {
  TW_ASSIGN_OR_RETURN(const size_t limit, PageLimit(request.limit()));
  return clerk_.changes().List(request.after(), limit);
}

void Officer::AdoptKillSwitch(const v1::KillSwitch& younger) {
  KillSwitchChanged event;
  event.engaged = younger.engaged();
  event.generation = younger.generation();
  event.reason = younger.reason();
  event.by = younger.by();
  clerk_.Submit(
      [event](const State& state, const Alerts&,
              Timestamp now) -> absl::StatusOr<std::optional<Event>> {
        if (state.controls.kill_switch().generation >= event.generation) {
          return std::nullopt;
        }
        KillSwitchChanged adopted = event;
        adopted.time = now;
        return std::optional<Event>(std::move(adopted));
      },
      [this, event](const absl::Status& status) {
        log::Warn(
            "kill_switch_adopted",
            {{"engaged", event.engaged}, {"generation", event.generation}, {"ok", status.ok()}});
        on_kill_switch_();
      },
      journal::Lane::kPriority);
}

}  // namespace tw::risk
