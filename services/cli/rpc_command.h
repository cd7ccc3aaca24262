// AddRpc: a command that is one unary call, mostly to the gateway. Its options are fields of the
// request, read as REST reads query parameters: decimals exactly, enums by short name in any case,
// every error with its field.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/json/json.h"
#include "services/cli/context.h"

namespace tw::cli {

struct Flag {
  std::string names;  // "--account"; "ORDER,--order-id" is also taken by its place
  std::string field;  // of the request
  std::string help;
  bool required = false;
  bool is_switch = false;  // takes no value
};

using Values = std::vector<std::pair<std::string, std::string>>;  // field, text

// Adds `flags` to `app`; what is given on the command line ends up in the result.
inline std::shared_ptr<Values> AddFlags(CLI::App& app, const std::vector<Flag>& flags) {
  auto values = std::make_shared<Values>();
  for (const Flag& flag : flags) {
    CLI::Option* option = nullptr;
    if (flag.is_switch) {
      option = app.add_flag_callback(
          flag.names, [values, field = flag.field] { values->emplace_back(field, "true"); },
          flag.help);
    } else {
      option = app.add_option_function<std::string>(
          flag.names,
          [values, field = flag.field](const std::string& text) {
            values->emplace_back(field, text);
          },
          flag.help);
    }
    option->required(flag.required);
  }
  return values;
}

struct Rpc {
  std::string name;    // of the command
  std::string help;    // one line
  std::string method;  // "OrderService/GetOrder"
  std::vector<Flag> flags;
  std::string service = "gateway";
};

template <typename Request, typename Response>
void AddRpc(CLI::App& parent,
            Command& chosen,
            const Rpc& rpc,
            std::function<int(Context&, const Response&)> show) {
  CLI::App* app = parent.add_subcommand(rpc.name, rpc.help);
  const std::shared_ptr<Values> values = AddFlags(*app, rpc.flags);
  app->callback([&chosen, values, service = rpc.service, method = rpc.method,
                 show = std::move(show)] {
    chosen = [values, service, method, show](Context& context) {
      Request request;
      if (absl::Status status = json::FromParams(*values, &request); !status.ok()) {
        return context.Usage(status);
      }
      const absl::StatusOr<Response> response = context.Call<Response>(service, method, request);
      return response.ok() ? show(context, *response) : context.Fail(response.status());
    };
  });
}

}  // namespace tw::cli
