// Engine: FIX sessions by QuickFIX, as initiator or acceptor, behind a header that knows nothing of
// it. Logon, heartbeats, sequence numbers, gap fill and resend are QuickFIX's; what a message means
// is its user's.
//
// C++14: QuickFIX's headers have dynamic exception specifications, which C++17 took away.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/fix/message.h"

namespace tw {
namespace fix {

// What a session tells, by its place in the order of their names. On a thread of that session.
struct Callbacks {
  std::function<void(size_t session)> on_logon;
  std::function<void(size_t session)> on_logout;
  // The message counts as received once this returns: not before it is safe to forget it. Session
  // rejects (type "3") come here too.
  std::function<void(size_t session, const Message& message)> on_message;
};

struct EngineOptions {
  bool initiator = true;
  // Sections [DEFAULT] and [SESSION] as QuickFIX reads them. What is not there is put in: the
  // dictionary of this library, a file store in `folder`, validation of all that comes in.
  std::string settings;
  std::string folder;
  // Whether messages of the application are sent again when the other side missed them. Where not,
  // the gap is filled: an order that is late is not wanted any more, and its fate is asked for.
  bool resends = false;
};

class Engine {
 public:
  // nullptr, and what is wrong in `error`.
  static std::unique_ptr<Engine> Create(const EngineOptions& options,
                                        Callbacks callbacks,
                                        std::string* error);
  virtual ~Engine() = default;

  virtual bool Start(std::string* error) = 0;
  // Logs out. No callback runs after it.
  virtual void Stop() = 0;

  virtual size_t sessions() const = 0;
  // A key of the session's section, QuickFIX's or not; empty: not there.
  virtual std::string Setting(size_t session, const std::string& key) const = 0;
  virtual bool logged_on(size_t session) const = 0;
  // Stores the message under the next number and sends it if the session is up; the number, or 0
  // when it could not be stored. Any thread.
  virtual int Send(size_t session, const Message& message) = 0;
  // The number that comes next, of ours and theirs.
  virtual int NextOut(size_t session) const = 0;
  virtual int NextIn(size_t session) const = 0;

  // For tests and repairs: numbers, and the connection as it is.
  virtual void SetNextOut(size_t session, int number) = 0;
  virtual void SetNextIn(size_t session, int number) = 0;
  // Logs out, sets both numbers to 1, and logs on anew; what the end of a day does by itself.
  virtual void Reset(size_t session) = 0;
  // Drops the connection, as a fault would.
  virtual void Disconnect(size_t session) = 0;
};

}  // namespace fix
}  // namespace tw
