// Tables for people: columns wide enough for their cells, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace tw::cli {

using TableRow = std::vector<std::string>;

// A line for the header and one for each row, two blanks between columns, no blanks at line ends.
// REQUIRES: every row is as long as the header.
std::string FormatTable(const TableRow& header, const std::vector<TableRow>& rows);

}  // namespace tw::cli
