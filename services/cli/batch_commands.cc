// Several orders in one request: a file of them, or orders that are linked.
#include <fstream>
#include <iostream>
#include <sstream>

#include "libs/json/json.h"
#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::cli {
namespace {

const std::vector<Column>& ResultColumns() {
  static const std::vector<Column> columns = {
      {"order_id", "ORDER"},      {"client_order_id", "CLIENT ID"},
      {"symbol", "SYMBOL"},       {"side", "SIDE"},
      {"type", "TYPE"},           {"quantity", "QUANTITY"},
      {"price", "PRICE"},         {"stop_price", "STOP"},
      {"status", "STATUS"},       {"dormant", "WAITS"},
      {"reject_reason", "REASON"}};
  return columns;
}

absl::StatusOr<std::string> Text(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError("cannot read " + path);
  }
  text << in.rdbuf();
  return text.str();
}

// What is wrong is said by its place; 0 only when every order was taken.
int ShowBatch(Context& context, const v1::SubmitOrdersResponse& response) {
  bool all = true;
  google::protobuf::RepeatedPtrField<v1::Order> orders;
  for (int i = 0; i < response.results_size(); ++i) {
    const v1::SubmitResult& result = response.results(i);
    if (result.has_order()) {
      *orders.Add() = result.order();
      all = all && result.order().status() != v1::ORDER_STATUS_REJECTED;
    } else {
      all = false;
      if (!context.json) {
        context.err() << "orders[" << i << "]: " << result.error().code() << ": "
                      << result.error().message() << "\n";
      }
    }
  }
  if (context.json) {
    PrintMessage(context, response);
  } else {
    PrintList(context, orders, ResultColumns());
  }
  return all ? kOk : kFailed;
}

int Batch(Context& context, const std::string& path) {
  const absl::StatusOr<std::string> text = Text(path);
  if (!text.ok()) {
    return context.Usage(text.status());
  }
  v1::SubmitOrdersRequest request;
  // An array, or the request with its field "orders".
  const size_t first = text->find_first_not_of(" \t\r\n");
  const bool bare = first != std::string::npos && (*text)[first] == '[';
  const absl::Status read = json::FromJson(bare ? "{\"orders\":" + *text + "}" : *text, &request);
  if (!read.ok()) {
    return context.Usage(read);
  }
  const absl::StatusOr<v1::SubmitOrdersResponse> response =
      context.Call<v1::SubmitOrdersResponse>("gateway", "OrderService/SubmitOrders", request);
  return response.ok() ? ShowBatch(context, *response) : context.Fail(response.status());
}

int ShowLinked(Context& context, const v1::LinkedOrders& linked) {
  if (context.json) {
    PrintMessage(context, linked);
  } else {
    google::protobuf::RepeatedPtrField<v1::Order> orders;
    if (linked.has_parent()) {
      *orders.Add() = linked.parent();
    }
    orders.MergeFrom(linked.legs());
    context.out() << v1::LinkKind_Name(linked.kind()).substr(10) << " " << linked.link_id()
                  << (linked.duplicate() ? " (repeat)" : "") << "\n";
    PrintList(context, orders, ResultColumns());
  }
  const v1::Order& first = linked.has_parent() ? linked.parent() : linked.legs(0);
  return first.status() == v1::ORDER_STATUS_REJECTED ? kFailed : kOk;
}

v1::Side Opposite(v1::Side side) {
  return side == v1::SIDE_BUY ? v1::SIDE_SELL : v1::SIDE_BUY;
}

void SetLimit(v1::SubmitOrderRequest& leg, const std::string& price) {
  leg.set_type(v1::ORDER_TYPE_LIMIT);
  leg.set_price(price);
}

// Of a stop, as the command line has it.
struct StopFlags {
  std::string price;
  std::string limit;
  std::string trailing_percent;
  std::string trailing_amount;
};

void SetStop(v1::SubmitOrderRequest& leg, const StopFlags& stop) {
  const bool trails = !stop.trailing_percent.empty() || !stop.trailing_amount.empty();
  leg.set_type(trails                ? v1::ORDER_TYPE_TRAILING_STOP
               : !stop.limit.empty() ? v1::ORDER_TYPE_STOP_LIMIT
                                     : v1::ORDER_TYPE_STOP);
  leg.set_stop_price(stop.price);
  leg.set_price(stop.limit);
  leg.set_trailing_percent(stop.trailing_percent);
  leg.set_trailing_amount(stop.trailing_amount);
}

struct LinkedFlags {
  std::shared_ptr<Values> first;  // the fields of the parent, of an OCO those of both legs
  std::string take_profit;
  StopFlags stop;
  std::string tif = "gtc";
};

// The legs' keys follow from the first one's, so that a repeat is one of all of them.
void NameLegs(v1::SubmitLinkedOrdersRequest& request, const std::string& key) {
  for (int i = 0; !key.empty() && i < request.legs_size(); ++i) {
    request.mutable_legs(i)->set_client_order_id(key + "." + std::to_string(i + 1));
  }
}

absl::StatusOr<v1::SubmitLinkedOrdersRequest> Request(v1::LinkKind kind, const LinkedFlags& flags) {
  v1::SubmitOrderRequest first;
  if (absl::Status status = json::FromParams(*flags.first, &first); !status.ok()) {
    return status;
  }
  v1::SubmitOrderRequest leg;
  if (absl::Status status = json::FromParams({{"time_in_force", flags.tif}}, &leg); !status.ok()) {
    return status;
  }
  v1::SubmitLinkedOrdersRequest request;
  request.set_kind(kind);
  if (kind == v1::LINK_KIND_OCO) {
    leg.MergeFrom(first);
  } else {
    *request.mutable_parent() = first;
    leg.set_side(Opposite(first.side()));
  }
  if (!flags.take_profit.empty()) {
    *request.add_legs() = leg;
    SetLimit(*request.mutable_legs(request.legs_size() - 1), flags.take_profit);
  }
  const StopFlags& stop = flags.stop;
  if (!stop.price.empty() || !stop.trailing_percent.empty() || !stop.trailing_amount.empty()) {
    *request.add_legs() = leg;
    SetStop(*request.mutable_legs(request.legs_size() - 1), stop);
  }
  NameLegs(request, first.client_order_id());
  return request;
}

std::vector<Flag> FirstFlags(bool oco) {
  std::vector<Flag> flags = {
      {"--account", "account", "default: default"},
      {"--symbol", "symbol", "BTCUSDT, ...", true},
      {"--side", "side", oco ? "of both legs" : "of the parent; the legs are against it", true},
      {"--quantity", "quantity", "decimal; of all of them", true},
      {"--strategy", "strategy", "the program or idea behind the orders"},
      {"--client-order-id", "client_order_id",
       "idempotency key of all of them; the legs' are KEY.1 and KEY.2"}};
  if (!oco) {
    flags.push_back({"--type", "type", "of the parent: limit (default), market, stop, ..."});
    flags.push_back({"--price", "price", "of the parent, a limit order"});
    flags.push_back({"--stop-price", "stop_price", "of the parent, a stop"});
    flags.push_back({"--tif,--time-in-force", "time_in_force", "of the parent"});
  }
  return flags;
}

void AddLinked(
    CLI::App& orders, Command& chosen, v1::LinkKind kind, const char* name, const char* help) {
  CLI::App* app = orders.add_subcommand(name, help);
  auto flags = std::make_shared<LinkedFlags>();
  flags->first = AddFlags(*app, FirstFlags(kind == v1::LINK_KIND_OCO));
  app->add_option("--take-profit", flags->take_profit, "a leg: a limit order at this price");
  app->add_option("--stop-loss", flags->stop.price, "a leg: a stop that this price sets off");
  app->add_option("--stop-loss-limit", flags->stop.limit, "the stop's limit; default: none");
  app->add_option("--trailing-percent", flags->stop.trailing_percent, "the stop trails so far");
  app->add_option("--trailing-amount", flags->stop.trailing_amount, "the stop trails so far");
  app->add_option("--leg-tif", flags->tif, "of the legs: gtc (default), day");
  app->callback([&chosen, flags, kind] {
    chosen = [flags, kind](Context& context) {
      const absl::StatusOr<v1::SubmitLinkedOrdersRequest> request = Request(kind, *flags);
      if (!request.ok()) {
        return context.Usage(request.status());
      }
      const absl::StatusOr<v1::LinkedOrders> linked =
          context.Call<v1::LinkedOrders>("gateway", "OrderService/SubmitLinkedOrders", *request);
      return linked.ok() ? ShowLinked(context, *linked) : context.Fail(linked.status());
    };
  });
}

}  // namespace

void AddBatchCommands(CLI::App& orders, Command& chosen) {
  auto path = std::make_shared<std::string>();
  CLI::App* const batch = orders.add_subcommand(
      "batch", "Submit up to 256 orders of a JSON file at once; 0 only when all were taken");
  batch->add_option("FILE", *path, "an array of orders, or {\"orders\": [...]}; -: standard input")
      ->required();
  batch->callback(
      [&chosen, path] { chosen = [path](Context& context) { return Batch(context, *path); }; });
  AddLinked(orders, chosen, v1::LINK_KIND_OCO, "oco",
            "Two legs, one cancels the other: a limit order and a stop");
  AddLinked(orders, chosen, v1::LINK_KIND_OTO, "oto",
            "A parent and a leg against it, as large as what the parent has filled");
  AddLinked(orders, chosen, v1::LINK_KIND_BRACKET, "bracket",
            "A parent, and against it a profit to take and a loss to stop");
}

// Straight to live-gateway: this is no trader's command.
void AddTradeCommands(CLI::App& app, Command& chosen) {
  CLI::App* const trade =
      app.add_subcommand("trade", "Take back or correct a trade at the paper venue");
  trade->require_subcommand(1);
  const auto show = [](Context& context, const v1::AdjustedTrade& adjusted) {
    PrintMessage(context, adjusted);
    return kOk;
  };
  const std::vector<Flag> named = {
      {"TRADE,--venue-exec-id", "venue_exec_id", "its venue_exec_id or fill_id", true},
      {"--reason", "reason", "kept with it", true},
      {"--by", "by", "who says so"}};
  AddRpc<v1::BustTradeRequest, v1::AdjustedTrade>(
      *trade, chosen,
      {"bust", "Take a trade back", "VenueService/BustTrade", named, "live-gateway"}, show);
  std::vector<Flag> corrected = named;
  corrected.push_back({"--quantity", "quantity", "what it is now, at most what it was"});
  corrected.push_back({"--price", "price", "what it is now"});
  AddRpc<v1::CorrectTradeRequest, v1::AdjustedTrade>(
      *trade, chosen,
      {"correct", "Change a trade's quantity or price", "VenueService/CorrectTrade", corrected,
       "live-gateway"},
      show);
}

}  // namespace tw::cli
