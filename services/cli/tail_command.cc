#include <optional>

#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/stream_read.h"
#include "tradewind/v1/order.pb.h"

namespace tw::cli {
namespace {

struct TailArguments {
  uint64_t from = 0;
  std::string account;
  std::string symbol;
  bool until_head = false;
};

// One stream's worth of lines.
class Tail {
 public:
  Tail(Context& context, const TailArguments& arguments)
      : context_(context),
        arguments_(arguments),
        last_(arguments.from > 0 ? arguments.from - 1 : 0) {}

  // False: everything up to the head was printed.
  bool Print(const v1::OrderEventBatch& batch) {
    head_ = head_.value_or(batch.head_sequence());
    for (const v1::OrderEvent& event : batch.events()) {
      last_ = event.sequence();
      if (Wanted(event.order())) {
        context_.out() << json::ToJson(event) << "\n";
      }
      if (arguments_.until_head && last_ >= *head_) {
        break;
      }
    }
    context_.out().flush();
    return !arguments_.until_head || (arguments_.from > 0 && last_ < *head_);
  }

 private:
  bool Wanted(const v1::Order& order) const {
    return (arguments_.account.empty() || order.account() == arguments_.account) &&
           (arguments_.symbol.empty() || order.symbol() == arguments_.symbol);
  }

  Context& context_;
  const TailArguments& arguments_;
  uint64_t last_;
  std::optional<uint64_t> head_;  // when the stream began
};

int Run(Context& context, const TailArguments& arguments) {
  v1::StreamOrderEventsRequest request;
  request.set_from_sequence(arguments.from);
  if (!arguments.until_head) {
    // A filtered stream does not tell when the head was passed, so only an endless one is filtered
    // there.
    request.set_account(arguments.account);
    request.set_symbol(arguments.symbol);
  }
  Tail tail(context, arguments);
  const absl::Status status = ReadStream<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
      *context.Peer("gateway"), "OrderService/StreamOrderEvents", request,
      [&tail](const v1::OrderEventBatch& batch) { return tail.Print(batch); });
  return status.ok() ? kOk : context.Fail(context.Explain("gateway", status));
}

}  // namespace

void AddTailCommand(CLI::App& app, Command& chosen) {
  CLI::App* tail = app.add_subcommand("tail", "Print order events as they come, a JSON line each");
  auto arguments = std::make_shared<TailArguments>();
  tail->add_option("--from", arguments->from, "the first sequence wanted; 0: only new ones");
  tail->add_option("--account", arguments->account, "only this one's");
  tail->add_option("--symbol", arguments->symbol, "only in this one");
  tail->add_flag("--until-head", arguments->until_head,
                 "end with the event that was the last when this began");
  tail->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
