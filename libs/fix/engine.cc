#include "libs/fix/engine.h"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/ThreadedSocketAcceptor.h>
#include <quickfix/ThreadedSocketInitiator.h>
#pragma GCC diagnostic pop

#include "libs/fix/dictionary.h"

namespace tw {
namespace fix {
namespace {

constexpr int kMsgType = 35;
constexpr int kPossDup = 43;
constexpr int kPossResend = 97;
constexpr int kUsername = 553;
constexpr int kPassword = 554;

class QuickFixEngine final : public Engine, public FIX::Application {
 public:
  QuickFixEngine(const EngineOptions& options, Callbacks callbacks, FIX::SessionSettings settings)
      : options_(options), callbacks_(std::move(callbacks)), settings_(std::move(settings)) {
    const std::set<FIX::SessionID> ids = settings_.getSessions();
    ids_.assign(ids.begin(), ids.end());
    store_ = std::make_unique<FIX::FileStoreFactory>(settings_);
    if (options_.initiator) {
      initiator_ = std::make_unique<FIX::ThreadedSocketInitiator>(*this, *store_, settings_);
    } else {
      acceptor_ = std::make_unique<FIX::ThreadedSocketAcceptor>(*this, *store_, settings_);
    }
  }
  ~QuickFixEngine() override { StopBoth(); }

  bool Start(std::string* error) override {
    try {
      initiator_ ? initiator_->start() : acceptor_->start();
      running_ = true;
      return true;
    } catch (const std::exception& e) {
      *error = e.what();
      return false;
    }
  }
  void Stop() override { StopBoth(); }

  size_t sessions() const override { return ids_.size(); }
  std::string Setting(size_t session, const std::string& key) const override {
    const FIX::Dictionary& section = settings_.get(ids_[session]);
    return section.has(key) ? section.getString(key) : std::string();
  }
  bool logged_on(size_t session) const override {
    FIX::Session* const found = FIX::Session::lookupSession(ids_[session]);
    return found != nullptr && found->isLoggedOn();
  }
  int Send(size_t session, const Message& message) override {
    try {
      FIX::Message out;
      out.getHeader().setField(kMsgType, message.type);
      for (const auto& field : message.fields) {
        out.setField(field.first, field.second);
      }
      if (!FIX::Session::sendToTarget(out, ids_[session])) {
        // Stored all the same where it has a number: it counts as sent.
        return out.getHeader().isSetField(34) ? std::stoi(out.getHeader().getField(34)) : 0;
      }
      return std::stoi(out.getHeader().getField(34));
    } catch (const std::exception&) {
      return 0;
    }
  }
  int NextOut(size_t session) const override { return Find(session).getExpectedSenderNum(); }
  int NextIn(size_t session) const override { return Find(session).getExpectedTargetNum(); }
  void SetNextOut(size_t session, int number) override {
    Find(session).setNextSenderMsgSeqNum(number);
  }
  void SetNextIn(size_t session, int number) override {
    Find(session).setNextTargetMsgSeqNum(number);
  }
  void Reset(size_t session) override { Find(session).reset(); }
  void Disconnect(size_t session) override { Find(session).disconnect(); }

 private:
  FIX::Session& Find(size_t session) const { return *FIX::Session::lookupSession(ids_[session]); }
  size_t IndexOf(const FIX::SessionID& id) const {
    return static_cast<size_t>(
        std::distance(ids_.begin(), std::find(ids_.begin(), ids_.end(), id)));
  }
  void StopBoth() {
    if (!running_) {
      return;
    }
    running_ = false;
    initiator_ ? initiator_->stop() : acceptor_->stop();
  }

  static Message Decode(const FIX::Message& in) {
    Message out;
    const FIX::Header& header = in.getHeader();
    out.type = header.getField(kMsgType);
    out.number = std::stoi(header.getField(34));
    out.poss_dup = header.isSetField(kPossDup) && header.getField(kPossDup) == "Y";
    out.poss_resend = header.isSetField(kPossResend) && header.getField(kPossResend) == "Y";
    for (auto it = in.begin(); it != in.end(); ++it) {
      out.fields.emplace_back(it->getTag(), it->getString());
    }
    return out;
  }

  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID& id) override { callbacks_.on_logon(IndexOf(id)); }
  void onLogout(const FIX::SessionID& id) override { callbacks_.on_logout(IndexOf(id)); }
  void toAdmin(FIX::Message& message, const FIX::SessionID& id) override {
    if (message.getHeader().getField(kMsgType) != "A" || !options_.initiator) {
      return;
    }
    const size_t session = IndexOf(id);
    const std::string user = Setting(session, "Username");
    if (!user.empty()) {
      message.setField(kUsername, user);
    }
    const std::string file = Setting(session, "PasswordFile");
    std::string password;
    if (!file.empty() && std::getline(std::ifstream(file), password)) {
      message.setField(kPassword, password);
    }
  }
  void toApp(FIX::Message& message, const FIX::SessionID&) throw(FIX::DoNotSend) override {
    const FIX::Header& header = message.getHeader();
    if (!options_.resends && header.isSetField(kPossDup) && header.getField(kPossDup) == "Y") {
      throw FIX::DoNotSend();
    }
  }
  void fromAdmin(const FIX::Message& message,
                 const FIX::SessionID& id) throw(FIX::FieldNotFound,
                                                 FIX::IncorrectDataFormat,
                                                 FIX::IncorrectTagValue,
                                                 FIX::RejectLogon) override {
    if (message.getHeader().getField(kMsgType) == "3") {
      callbacks_.on_message(IndexOf(id), Decode(message));
    }
  }
  void fromApp(const FIX::Message& message,
               const FIX::SessionID& id) throw(FIX::FieldNotFound,
                                               FIX::IncorrectDataFormat,
                                               FIX::IncorrectTagValue,
                                               FIX::UnsupportedMessageType) override {
    callbacks_.on_message(IndexOf(id), Decode(message));
  }

  const EngineOptions options_;
  const Callbacks callbacks_;
  FIX::SessionSettings settings_;
  std::vector<FIX::SessionID> ids_;
  std::unique_ptr<FIX::FileStoreFactory> store_;
  std::unique_ptr<FIX::ThreadedSocketInitiator> initiator_;
  std::unique_ptr<FIX::ThreadedSocketAcceptor> acceptor_;
  bool running_ = false;
};

void MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  }
  ::mkdir(path.c_str(), 0700);
}

// The settings with what they leave out before what they say, which goes before it.
std::string Complete(const EngineOptions& options) {
  const std::string dictionary = options.folder + "/fix44.xml";
  std::ofstream(dictionary) << Dictionary();
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"ConnectionType", options.initiator ? "initiator" : "acceptor"},
      {"BeginString", "FIX.4.4"},
      {"FileStorePath", options.folder + "/store"},
      {"DataDictionary", dictionary},
      {"UseDataDictionary", "Y"},
      {"ValidateUserDefinedFields", "N"},
      {"ValidateFieldsOutOfOrder", "N"},
      {"HeartBtInt", "30"},
      {"ReconnectInterval", "1"},
      {"StartTime", "00:00:00"},
      {"EndTime", "00:00:00"},
      {"SocketNodelay", "Y"},
      {"CheckLatency", "N"}};
  std::string defaults = "[DEFAULT]\n";
  for (const auto& each : wanted) {
    defaults += each.first + "=" + each.second + "\n";
  }
  const std::string header = "[DEFAULT]";
  const size_t at = options.settings.find(header);
  return at == std::string::npos ? defaults + options.settings
                                 : options.settings.substr(0, at) + defaults +
                                       options.settings.substr(at + header.size());
}

}  // namespace

std::unique_ptr<Engine> Engine::Create(const EngineOptions& options,
                                       Callbacks callbacks,
                                       std::string* error) {
  try {
    MakeFolders(options.folder);
    std::istringstream stream(Complete(options));
    FIX::SessionSettings read(stream);
    if (read.getSessions().empty()) {
      *error = "there is no [SESSION]";
      return nullptr;
    }
    return std::make_unique<QuickFixEngine>(options, std::move(callbacks), read);
  } catch (const std::exception& e) {
    *error = e.what();
    return nullptr;
  }
}

}  // namespace fix
}  // namespace tw
