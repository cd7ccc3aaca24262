// Messages to text: JSON for machines, tables and name-value lines for people.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "libs/json/json.h"
#include "services/cli/context.h"
#include "services/cli/table.h"

namespace tw::cli {

struct Column {
  std::string field;   // of the message, "average_fill_price"
  std::string header;  // "AVERAGE"
};

// The cells of one message, as JSON writes its fields; "" where a field is left out.
TableRow Cells(const google::protobuf::Message& message, const std::vector<Column>& columns);

// A line for each field that is a plain value, or a list of such.
std::string FormatFields(const google::protobuf::Message& message);

// A bare JSON array, or a table.
template <typename Messages>
void PrintList(Context& context, const Messages& messages, const std::vector<Column>& columns) {
  if (context.json) {
    context.out() << json::ToJsonArray(messages) << "\n";
    return;
  }
  TableRow header;
  for (const Column& column : columns) {
    header.push_back(column.header);
  }
  std::vector<TableRow> rows;
  for (const auto& message : messages) {
    rows.push_back(Cells(message, columns));
  }
  context.out() << FormatTable(header, rows);
}

// A JSON object, or FormatFields.
void PrintMessage(Context& context, const google::protobuf::Message& message);

}  // namespace tw::cli
