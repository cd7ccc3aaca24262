// import-opening: what accounts bring in from elsewhere, out of a file into oms's ledger.
#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "libs/convert/timestamps.h"
#include "services/cli/backup/files.h"
#include "services/cli/commands.h"
#include "services/cli/opening_file.h"
#include "services/cli/print.h"
#include "tradewind/v1/order.pb.h"

namespace tw::cli {
namespace {

namespace v1 = tradewind::v1;

constexpr size_t kFileBytesMax = 1 << 20;
constexpr size_t kFaultsShown = 20;
constexpr size_t kIdDigits = 32;

struct OpeningArguments {
  std::string file;
  std::string id;
  std::string by;
  std::string reason;
  bool add = false;
  bool apply = false;
};

absl::StatusOr<std::string> Text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() && in.fail()) {
    return absl::NotFoundError("cannot read " + path);
  }
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(path + " is larger than " + std::to_string(kFileBytesMax) +
                                      " bytes: take several files");
  }
  return text;
}

v1::ImportOpeningRequest RequestOf(const OpeningArguments& arguments, const OpeningFile& file) {
  v1::ImportOpeningRequest request;
  request.set_import_id(arguments.id);
  request.set_by(arguments.by);
  request.set_reason(arguments.reason);
  request.set_add(arguments.add);
  request.set_check_only(!arguments.apply);
  for (const OpeningFileRow& each : file.rows) {
    v1::OpeningRow& row = *request.add_rows();
    row.set_line(static_cast<int32_t>(each.line));
    row.set_account(each.account);
    row.set_symbol(each.symbol);
    row.set_quantity(each.quantity);
    row.set_price(each.price);
    row.set_currency(each.currency);
    row.set_amount(each.amount);
    if (each.opened.IsSet()) {
      ToTimestamp(each.opened, row.mutable_opened());
    }
  }
  return request;
}

void ShowAccounts(Context& context, const v1::ImportOpeningResponse& response) {
  std::vector<TableRow> rows;
  for (const v1::ImportedAccount& account : response.accounts()) {
    rows.push_back({account.account(), account.currency(), account.cash(), "", ""});
    for (const v1::ImportedPosition& position : account.positions()) {
      rows.push_back({account.account(), position.symbol(), position.quantity(),
                      position.average_price(), std::to_string(position.lots())});
    }
  }
  context.out() << FormatTable({"ACCOUNT", "WHAT", "QUANTITY", "AVERAGE PRICE", "LOTS"}, rows);
}

int Show(Context& context,
         const OpeningArguments& arguments,
         const v1::ImportOpeningResponse& response) {
  if (context.json) {
    PrintMessage(context, response);
    return kOk;
  }
  ShowAccounts(context, response);
  context.out() << "\nimport " << arguments.id << ": ";
  if (response.duplicate()) {
    context.out() << "was imported before, nothing was changed\n";
  } else if (!arguments.apply) {
    context.out() << (arguments.add ? "comes to what the accounts have"
                                    : "is what the accounts begin with")
                  << "; checked, nothing was changed: --apply does it\n";
  } else {
    context.out() << "imported, up to event " << response.sequence() << " of the ledger\n";
  }
  return kOk;
}

int Run(Context& context, OpeningArguments arguments) {
  const absl::StatusOr<std::string> text = Text(arguments.file);
  if (!text.ok()) {
    return context.Usage(text.status());
  }
  const OpeningFile file = ParseOpeningFile(*text);
  for (size_t i = 0; i < std::min(file.faults.size(), kFaultsShown); ++i) {
    context.err() << arguments.file << ": " << file.faults[i] << "\n";
  }
  if (!file.faults.empty()) {
    context.err() << file.faults.size() << (file.faults.size() == 1 ? " fault" : " faults")
                  << ", nothing was imported\n";
    return kFailed;
  }
  if (arguments.id.empty()) {
    arguments.id = "sha256:" + Sha256Hex(*text).substr(0, kIdDigits);
  }
  const auto response = context.Call<v1::ImportOpeningResponse>(
      "oms", "OrderAdminService/ImportOpening", RequestOf(arguments, file));
  return response.ok() ? Show(context, arguments, *response) : context.Fail(response.status());
}

}  // namespace

void AddOpeningCommand(CLI::App& app, Command& chosen) {
  CLI::App* import = app.add_subcommand(
      "import-opening",
      "Bring in what accounts held elsewhere: lots of positions and cash. All of the file is "
      "checked, and without --apply nothing is done; a file that was imported before changes "
      "nothing");
  auto arguments = std::make_shared<OpeningArguments>();
  import
      ->add_option(
          "FILE", arguments->file,
          "CSV with a header: account, symbol, quantity, price, opened for a lot; account, "
          "currency, amount for cash")
      ->required();
  import->add_option("--by", arguments->by, "who imports; kept in the ledger")->required();
  import->add_option("--reason", arguments->reason, "why; kept in the ledger")->required();
  import->add_option("--id", arguments->id,
                     "of the import: what came under it comes once (default: the file's SHA-256)");
  import->add_flag("--add", arguments->add,
                   "it comes to what the accounts have, which may have traded; else they begin "
                   "with it, in place of what accounts.toml says");
  import->add_flag("--apply", arguments->apply, "do it");
  import->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments);
};
}  // namespace tw::cli
);
}

}  // namespace tw::cli
