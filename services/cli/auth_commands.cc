#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "services/cli/session_file.h"
#include "tradewind/v1/auth.pb.h"

namespace tw::cli {
namespace {

// A line from standard input; unseen where that is a terminal. Passwords come no other way: the
// command line is everybody's to read.
std::string ReadSecret(Context& context, const std::string& prompt) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  termios before{};
  if (terminal) {
    context.err() << prompt << ": " << std::flush;
    ::tcgetattr(STDIN_FILENO, &before);
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    context.err() << "\n";
  }
  return line;
}

template <typename Response>
int ShowOne(Context& context, const Response& response) {
  PrintMessage(context, response);
  return kOk;
}

// A call whose request is made of flags and of a password that is asked for.
template <typename Request, typename Response>
int CallWith(Context& context,
             const Values& values,
             const char* method,
             const std::function<void(Request&)>& fill) {
  Request request;
  if (absl::Status status = json::FromParams(values, &request); !status.ok()) {
    return context.Usage(status);
  }
  fill(request);
  const auto response = context.Call<Response>("gateway", method, request);
  return response.ok() ? ShowOne(context, *response) : context.Fail(response.status());
}

int Login(Context& context, const Values& values) {
  v1::LoginRequest request;
  if (absl::Status status = json::FromParams(values, &request); !status.ok()) {
    return context.Usage(status);
  }
  request.set_password(ReadSecret(context, "password of " + request.user()));
  const auto response = context.Call<v1::LoginResponse>("gateway", "AuthService/Login", request);
  if (!response.ok()) {
    return context.Fail(response.status());
  }
  if (absl::Status kept = KeepToken(response->token()); !kept.ok()) {
    return context.Fail(kept);
  }
  v1::Identity identity = response->identity();
  identity.clear_csrf_token();
  return ShowOne(context, identity);
}

int Logout(Context& context) {
  const auto response =
      context.Call<v1::LogoutResponse>("gateway", "AuthService/Logout", v1::LogoutRequest());
  if (!response.ok() && !absl::IsUnauthenticated(response.status())) {
    return context.Fail(response.status());
  }
  ForgetToken();
  return kOk;
}

void AddLogin(CLI::App& app, Command& chosen) {
  CLI::App* login = app.add_subcommand(
      "login", "Sign in; the password is asked for, or read from standard input");
  login->callback(
      [&chosen, values = AddFlags(*login, {{"USER,--user", "user", "the name", true}})] {
        chosen = [values](Context& context) { return Login(context, *values); };
      });
  app.add_subcommand("logout", "Sign out")->callback([&chosen] { chosen = Logout; });
  AddRpc<v1::WhoAmIRequest, v1::Identity>(
      app, chosen, {"whoami", "Say who you are to the gateway", "AuthService/WhoAmI", {}},
      [](Context& context, const v1::Identity& identity) {
        v1::Identity shown = identity;
        shown.clear_csrf_token();
        return ShowOne(context, shown);
      });
  CLI::App* password = app.add_subcommand(
      "password", "Change your password: the old one and the new one, a line each");
  password->callback([&chosen] {
    chosen = [](Context& context) {
      return CallWith<v1::ChangePasswordRequest, v1::User>(
          context, {}, "AuthService/ChangePassword", [&](v1::ChangePasswordRequest& request) {
            request.set_old_password(ReadSecret(context, "old password"));
            request.set_new_password(ReadSecret(context, "new password"));
          });
    };
  });
}

const std::vector<Column>& UserColumns() {
  static const std::vector<Column> columns = {{"name", "USER"},
                                              {"roles", "ROLES"},
                                              {"accounts", "ACCOUNTS"},
                                              {"disabled", "DISABLED"},
                                              {"updated_time", "CHANGED"}};
  return columns;
}

void AddUsers(CLI::App& app, Command& chosen) {
  CLI::App* user = app.add_subcommand("user", "Users of the gateway, for admins");
  user->require_subcommand(1);
  AddRpc<v1::ListUsersRequest, v1::ListUsersResponse>(
      *user, chosen, {"list", "All users", "AuthService/ListUsers", {}},
      [](Context& context, const v1::ListUsersResponse& response) {
        PrintList(context, response.users(), UserColumns());
        return kOk;
      });
  CLI::App* add = user->add_subcommand("add", "A new user; the password is a line of input");
  add->callback(
      [&chosen, values = AddFlags(
                    *add, {{"NAME,--name", "name", "[a-z0-9][a-z0-9._-]{0,31}", true},
                           {"--roles", "roles",
                            "viewer, trader, risk_officer, operator, admin; with commas", true},
                           {"--accounts", "accounts", "with commas; * for every one"}})] {
        chosen = [values](Context& context) {
          return CallWith<v1::CreateUserRequest, v1::User>(
              context, *values, "AuthService/CreateUser", [&](v1::CreateUserRequest& request) {
                request.set_password(ReadSecret(context, "password of " + request.name()));
              });
        };
      });
  AddRpc<v1::UpdateUserRequest, v1::User>(*user, chosen,
                                          {"set",
                                           "Change a user; takes effect on open sessions at once",
                                           "AuthService/UpdateUser",
                                           {{"NAME,--name", "name", "who", true},
                                            {"--roles", "roles", "with commas"},
                                            {"--accounts", "accounts", "with commas; - for none"},
                                            {"--disabled", "disabled", "true or false"}}},
                                          ShowOne<v1::User>);
  CLI::App* reset = user->add_subcommand("reset", "A new password for a user, a line of input");
  reset->callback([&chosen, values = AddFlags(*reset, {{"NAME,--name", "name", "who", true}})] {
    chosen = [values](Context& context) {
      return CallWith<v1::UpdateUserRequest, v1::User>(
          context, *values, "AuthService/UpdateUser", [&](v1::UpdateUserRequest& request) {
            request.set_password(ReadSecret(context, "new password of " + request.name()));
          });
    };
  });
}

void AddKeys(CLI::App& app, Command& chosen) {
  CLI::App* key = app.add_subcommand("key", "API keys");
  key->require_subcommand(1);
  AddRpc<v1::ListKeysRequest, v1::ListKeysResponse>(
      *key, chosen,
      {"list",
       "Your keys",
       "AuthService/ListKeys",
       {{"--user", "user", "another's, or * for all: for admins"}}},
      [](Context& context, const v1::ListKeysResponse& response) {
        PrintList(context, response.keys(),
                  {{"key_id", "KEY"},
                   {"user", "USER"},
                   {"label", "LABEL"},
                   {"scopes", "SCOPES"},
                   {"accounts", "ACCOUNTS"},
                   {"expire_time", "EXPIRES"},
                   {"revoked_time", "REVOKED"}});
        return kOk;
      });
  AddRpc<v1::CreateKeyRequest, v1::CreateKeyResponse>(
      *key, chosen,
      {"create",
       "A new key; its secret is printed once, for TRADEWIND_TOKEN or authorization: Bearer",
       "AuthService/CreateKey",
       {{"LABEL,--label", "label", "what it is for", true},
        {"--scopes", "scopes", "read, trade, cancel, risk, operate, admin; with commas (read)"},
        {"--accounts", "accounts", "with commas; all of its user's where left out"},
        {"--days", "days", "until it expires, 1 to 366 (90)"},
        {"--user", "user", "for another: for admins"}}},
      [](Context& context, const v1::CreateKeyResponse& response) {
        if (context.json) {
          PrintMessage(context, response);
        } else {
          PrintMessage(context, response.key());
          context.out() << "secret " << response.secret() << "\n";
        }
        return kOk;
      });
  AddRpc<v1::RevokeKeyRequest, v1::ApiKey>(*key, chosen,
                                           {"revoke",
                                            "End a key, at once",
                                            "AuthService/RevokeKey",
                                            {{"KEY,--key-id", "key_id", "which", true}}},
                                           ShowOne<v1::ApiKey>);
}

}  // namespace

void AddAuthCommands(CLI::App& app, Command& chosen) {
  AddLogin(app, chosen);
  AddUsers(app, chosen);
  AddKeys(app, chosen);
  AddRpc<v1::GetQuotaRequest, v1::GetQuotaResponse>(
      app, chosen,
      {"quota",
       "How many orders you may still send",
       "AuthService/GetQuota",
       {{"--account", "account", "whose (default)"}}},
      [](Context& context, const v1::GetQuotaResponse& response) {
        PrintList(context, response.quotas(),
                  {{"name", "QUOTA"},
                   {"of", "OF"},
                   {"limit", "LIMIT"},
                   {"used", "USED"},
                   {"reset_time", "RESET"}});
        return kOk;
      });
  AddRpc<v1::ListAuditRequest, v1::ListAuditResponse>(
      app, chosen,
      {"access-log",
       "Sign-ins, refusals and changes of rights at the gateway",
       "AuthService/ListAudit",
       {{"--limit", "limit", "1 to 1000, the newest (100)"},
        {"--after", "after", "a sequence to go on after"},
        {"--user", "user", "of one user"},
        {"--kind", "kind", "of one kind, such as denied"}}},
      [](Context& context, const v1::ListAuditResponse& response) {
        PrintList(context, response.entries(),
                  {{"sequence", "#"},
                   {"time", "TIME"},
                   {"kind", "KIND"},
                   {"user", "USER"},
                   {"subject", "SUBJECT"},
                   {"text", "TEXT"},
                   {"peer", "FROM"}});
        return kOk;
      });
}

}  // namespace tw::cli
