// Sender: one batch of ILP rows to QuestDB by POST /write, acknowledged or with the class of its
// failure. Blocking; one thread at a time. Retrying is the caller's (Pipeline's) business.
//
// Before the first batch, and again after a connection was lost, GET /settings says which versions
// of the protocol the server takes; one that takes v1 only gets the rows as v1.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "libs/base/time.h"
#include "libs/ilp/http_connection.h"

namespace tw::ilp {

enum class SendOutcome {
  kAcked,   // QuestDB has committed the rows
  kRetry,   // it may have or not: send again (time-out, broken connection, 500, 503, 504, 507, ...)
  kReject,  // some row is at fault (400 and the like): sending the same again cannot help
  kDenied,  // the set-up is at fault (401, 403, 404, 405): the rows are fine, an operator must act
};

struct SendResult {
  SendOutcome outcome = SendOutcome::kRetry;
  int http_status = 0;  // 0: no answer came
  std::string message;  // the server's own words, where it gave some
  int line = 0;         // the first faulty row, counted from 1; 0: not said
};

// Statuses of which the official clients say "send again".
bool IsRetriableHttpStatus(int status);

// Compressing costs a core more than loopback costs a byte; a network is another matter.
enum class Gzip { kAuto, kNever, kAlways };  // kAuto: unless the host is this machine

class Sender {
 public:
  explicit Sender(HttpEndpoint endpoint, Gzip gzip = Gzip::kAuto);

  SendResult Send(std::string_view lines);

  // 1 or 2; 0: not known yet.
  int protocol() const { return protocol_; }

 private:
  // OK, or why not with the class of the failure in `result`.
  bool FindProtocol(SendResult& result);

  HttpConnection connection_;
  const bool gzip_;
  int protocol_ = 0;
};

// Delays between attempts: 10 ms, doubled each time up to `max`, each shortened by up to half at
// random so that several senders do not come back in step. Pure.
class Backoff {
 public:
  explicit Backoff(Duration max = Duration::Seconds(1)) : max_(max) {}

  // `random`: uniform in [0, 1).
  Duration Next(double random);
  void Reset() { next_ = kFirst; }

 private:
  static constexpr Duration kFirst = Duration::Millis(10);

  Duration max_;
  Duration next_ = kFirst;
};

}  // namespace tw::ilp
