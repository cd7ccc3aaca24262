#include "services/cli/table.h"

#include <algorithm>

#include "libs/base/check.h"

namespace tw::cli {
namespace {

bool IsNumber(const std::string& cell) {
  return cell.empty() || (cell.find_first_not_of("+-.,0123456789") == std::string::npos &&
                          cell.find_first_of("0123456789") != std::string::npos);
}

// Characters as a terminal counts them, for text without combining marks.
size_t Width(const std::string& cell) {
  return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string FormatTable(const TableRow& header, const std::vector<TableRow>& rows) {
  std::vector<size_t> widths(header.size());
  std::vector<bool> numeric(header.size(), true);
  for (size_t i = 0; i < header.size(); ++i) {
    widths[i] = Width(header[i]);
    for (const TableRow& row : rows) {
      TW_CHECK(row.size() == header.size());
      widths[i] = std::max(widths[i], Width(row[i]));
      // An order id such as 3-1042 reads better from the left.
      numeric[i] = numeric[i] && IsNumber(row[i]) && row[i].find('-', 1) == std::string::npos;
    }
  }
  std::string out;
  const auto add = [&](const TableRow& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - Width(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (numeric[i] ? pad + row[i] : row[i] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add(header);
  for (const TableRow& row : rows) {
    add(row);
  }
  return out;
}

}  // namespace tw::cli
