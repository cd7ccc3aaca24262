#include "services/risk/officer.h"

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

constexpr int kAlertsDefault = 100;
constexpr int kAlertsPageMax = 1000;

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

constexpr const char* kNobody = "anonymous";
constexpr const char* kNoReason = "no reason given";

}  // namespace

v1::GetLimitsResponse Officer::GetLimits(const v1::GetLimitsRequest& request) const {
  return desk_.Read([&](const State& state, const Alerts&) {
    v1::GetLimitsResponse out;
    for (const LimitsChanged& row : state.limits.List(request.account(), request.symbol())) {
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
  key.set_reason(row.reason());
  key.set_changed_by(row.changed_by());
  absl::StatusOr<NewLimits> command = DecodeLimits(key);
  if (!command.ok()) {
    answer(command.status());
    return;
  }
  command->max_order_quantity.kind = Edit<Quantity>::Kind::kClear;
  command->max_order_notional.kind = Edit<Money>::Kind::kClear;
  command->max_position.kind = Edit<Quantity>::Kind::kClear;
  command->max_position_notional.kind = Edit<Money>::Kind::kClear;
  command->max_exposure.kind = Edit<Money>::Kind::kClear;
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
  const int limit = request.limit() == 0 ? kAlertsDefault : request.limit();
  if (limit < 1 || limit > kAlertsPageMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  return desk_.Read([&](const State&, const Alerts& alerts) {
    std::vector<v1::RiskAlert> out;
    for (const Alert& alert : alerts.List(static_cast<size_t>(limit), request.open_only())) {
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
  SetBlock({request.symbol(), true, request.reason(), request.by(), {}}, std::move(answer));
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
                                                wanted.by, now);
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
    alert.message = fmt::format("blocked by {}: {}", change.by, change.reason);
    clerk_.Raise(std::move(alert));
  }
}

void Officer::EngageKillSwitch(const v1::EngageKillSwitchRequest& request,
                               Answer<v1::KillSwitch> answer) {
  KillSwitchChanged wanted;
  wanted.engaged = true;
  wanted.cancel_open_orders = request.cancel_open_orders();
  wanted.reason = request.reason();
  wanted.by = request.by();
  SetKillSwitch(std::move(wanted), std::move(answer));
}

void Officer::ReleaseKillSwitch(const v1::ReleaseKillSwitchRequest& request,
                                Answer<v1::KillSwitch> answer) {
  KillSwitchChanged wanted;
  wanted.reason = request.reason();
  wanted.by = request.by();
  SetKillSwitch(std::move(wanted), std::move(answer));
}

void Officer::SetKillSwitch(KillSwitchChanged wanted, Answer<v1::KillSwitch> answer) {
  wanted.reason = OrElse(wanted.reason, kNoReason);
  wanted.by = OrElse(wanted.by, kNobody);
  const auto changed = std::make_shared<bool>(false);
  clerk_.Submit(
      [wanted, changed](const State& state, const Alerts&, Timestamp now) {
        const auto event = state.controls.DecideKillSwitch(wanted, now);
        *changed = event.ok() && event->has_value();
        return AsEvent(event);
      },
      [this, wanted, changed, answer = std::move(answer)](const absl::Status& status) {
        if (!status.ok() || !*changed) {
          answer(status.ok() ? absl::StatusOr<v1::KillSwitch>(GetKillSwitch()) : status);
          return;
        }
        log::Warn("kill_switch_changed",
                  {{"engaged", wanted.engaged}, {"by", wanted.by}, {"reason", wanted.reason}});
        AlertRaised alert;
        alert.kind = AlertKind::kKillSwitch;
        alert.message = fmt::format("{} by {}: {}", wanted.engaged ? "engaged" : "released",
                                    wanted.by, wanted.reason);
        clerk_.Raise(std::move(alert));
        on_kill_switch_();
        answer(GetKillSwitch());
      },
      journal::Lane::kPriority);
}

v1::KillSwitch Officer::GetKillSwitch() const {
  return desk_.Read([](const State& state, const Alerts&) {
    return EncodeKillSwitch(state.controls.kill_switch());
  });
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
