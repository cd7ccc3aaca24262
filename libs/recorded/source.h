// RecordedSource: the port behind which every kind of recording is read, row by row, in file order.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/row.h"

namespace tw::recorded {

// What is known of a recording before its first row.
struct Facts {
  std::string name;    // of the file: "20131007_trade.zip"
  std::string symbol;  // "IBM"; of rows that name none; may be empty where all do
  std::string format;  // for people: "LEAN equity trades of 2013-10-07"
};

// One thread. Blocks on the disk.
class RecordedSource {
 public:
  virtual ~RecordedSource() = default;

  virtual const Facts& facts() const = 0;

  // True: `row` is the next one. False: there are no more. InvalidArgument "<file>:<line>: what is
  // wrong" for a row that cannot be read, DataLoss for a file that is damaged; nothing follows
  // either.
  virtual absl::StatusOr<bool> Next(Row& row) = 0;

  // After the last row: what is to be known of it though all that is there was read, such as a tail
  // that a killed recorder left; "": nothing.
  virtual std::string warning() const { return ""; }
};

}  // namespace tw::recorded
