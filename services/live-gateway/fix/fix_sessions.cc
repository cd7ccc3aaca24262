#include "services/live-gateway/fix/fix_sessions.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/log/log.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kNameMax = 32;

bool IsVenueName(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

// "1.5" basis points as a share in 1e-8.
absl::StatusOr<int64_t> FeeOf(const std::string& text) {
  if (text.empty()) {
    return 0;
  }
  TW_ASSIGN_OR_RETURN(const Money bps, Money::Parse(text));
  return bps.e8() / 10'000;
}

}  // namespace

void FixSessions::Configure(config::Settings& settings) {
  path_ = settings.String("fix-settings", "", "file with the FIX sessions");
  answer_timeout_ = settings.Ms("fix-answer-timeout-ms", 2'000, 50, 600'000,
                                "an order or change without an answer for so long is asked about");
  if (path_.empty()) {
    settings.Fault("fix-settings", "must name a file: this program is for live venues");
  }
}

absl::StatusOr<FixConfig> FixSessions::ReadSession(size_t session,
                                                   const Instruments& instruments) const {
  FixConfig config;
  config.name = engine_->Setting(session, "Venue");
  if (!IsVenueName(config.name)) {
    return absl::InvalidArgumentError("Venue: \"" + config.name +
                                      "\" is no name of A-Z, 0-9, _, -");
  }
  config.symbols = absl::StrSplit(engine_->Setting(session, "Symbols"), ',', absl::SkipEmpty());
  for (const std::string& symbol : config.symbols) {
    if (instruments.Find(symbol) == nullptr) {
      return absl::InvalidArgumentError("Symbols of " + config.name + ": " + symbol +
                                        " is no instrument");
    }
  }
  if (config.symbols.empty()) {
    return absl::InvalidArgumentError("Symbols of " + config.name + ": there are none");
  }
  TW_ASSIGN_OR_RETURN(config.maker_fee_e8, FeeOf(engine_->Setting(session, "MakerFeeBps")));
  TW_ASSIGN_OR_RETURN(config.taker_fee_e8, FeeOf(engine_->Setting(session, "TakerFeeBps")));
  config.answer_timeout = answer_timeout_;
  return config;
}

absl::StatusOr<std::vector<std::unique_ptr<OrderVenue>>> FixSessions::Make(
    app::Context& context, std::function<void()> wake) {
  wake_ = std::move(wake);
  std::ifstream file(path_);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError("fix-settings: " + path_ + " cannot be read");
  }
  fix::EngineOptions options;
  options.settings = text.str();
  options.folder = context.data_dir + "/fix";
  fix::Callbacks callbacks;
  callbacks.on_logon = [this](size_t session) {
    venues_[session]->inbox().Post({FixInbox::Event::Kind::kLogon, {}});
    wake_();
  };
  callbacks.on_logout = [this](size_t session) {
    venues_[session]->inbox().Post({FixInbox::Event::Kind::kLogout, {}});
    wake_();
  };
  callbacks.on_message = [this](size_t session, const fix::Message& message) {
    FixInbox& inbox = venues_[session]->inbox();
    const uint64_t number = inbox.Post({FixInbox::Event::Kind::kMessage, message});
    wake_();
    inbox.WaitDurable(number);
  };
  std::string error;
  engine_ = fix::Engine::Create(options, std::move(callbacks), &error);
  if (engine_ == nullptr) {
    return absl::InvalidArgumentError("fix-settings: " + error);
  }
  std::vector<std::unique_ptr<OrderVenue>> out;
  for (size_t session = 0; session < engine_->sessions(); ++session) {
    TW_ASSIGN_OR_RETURN(const FixConfig config, ReadSession(session, context.instruments));
    auto venue = std::make_unique<FixVenue>(
        context.instruments, config,
        [this, session](const fix::Message& m) { return engine_->Send(session, m); });
    venues_.push_back(venue.get());
    out.push_back(std::move(venue));
  }
  return out;
}

void FixSessions::Start() {
  std::string error;
  if (!engine_->Start(&error)) {
    log::Error("fix_not_started", {{"error", error}});
  }
}

void FixSessions::Stop() {
  if (engine_ != nullptr) {
    engine_->Stop();
  }
  for (FixVenue* const venue : venues_) {
    venue->inbox().Close();
  }
}

}  // namespace tw::live_gateway
