// LineBuffer: rows in, ILP bytes out, ready for one POST to QuestDB's /write.
//
// Text lines (protocol v1, with `n` nanosecond timestamp fields); arrays, and doubles where asked
// for, are the binary fields of protocol v2, which the server takes in the same request (protocol.h
// turns them back for a server without v2). A row is built by one chain and exists only once At()
// has answered OK; a row that At() refuses leaves the buffer as it was.
//
//   buffer.Table("trades").Symbol("venue", "PAPER").Decimal("price", price).At(now)
//
// Order within a row is ILP's: Table, Symbols, fields, At; anything else is a bug and stops the
// program. What is null is left out: empty symbols, unset timestamps, NaN and infinite doubles,
// empty arrays. Text must be UTF-8; names are escaped but their legality is the server's to judge.
// Pure; one thread at a time.
//
// tidy: analytics file, QuestDB columns are DOUBLE; exact figures stay in the journals
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::ilp {

struct BufferLimits {
  size_t rows_max = 100'000;
  size_t bytes_max = 16u << 20;     // of all rows; at most 4 GiB - 1
  size_t row_bytes_max = 1u << 20;  // of one row
};

// How doubles and decimals are written. Both forms store the same number.
enum class Doubles {
  kText,    // the shortest text; of a decimal its own digits
  kBinary,  // eight bytes: less to format here and to parse there
};

class LineBuffer {
 public:
  explicit LineBuffer(BufferLimits limits = {}, Doubles doubles = Doubles::kText)
      : limits_(limits), doubles_(doubles) {}
  explicit LineBuffer(Doubles doubles) : doubles_(doubles) {}

  LineBuffer& Table(std::string_view name);
  LineBuffer& Symbol(std::string_view name, std::string_view value);
  LineBuffer& Double(std::string_view name, double value);
  LineBuffer& DecimalE8(std::string_view name, int64_t e8);
  template <typename Tag>
  LineBuffer& Decimal(std::string_view name, tw::Decimal<Tag> value) {
    return DecimalE8(name, value.e8());
  }
  LineBuffer& Int(std::string_view name, int64_t value);
  LineBuffer& Bool(std::string_view name, bool value);
  LineBuffer& String(std::string_view name, std::string_view value);  // "" is an empty text
  LineBuffer& Time(std::string_view name, Timestamp value);
  // DOUBLE[][] of `rows` x `columns`, row after row. REQUIRES: values.size() == rows * columns.
  LineBuffer& Array2d(std::string_view name,
                      std::span<const double> values,
                      uint32_t rows,
                      uint32_t columns);

  // A run of cells of one row again in another: fields that came first among the row's fields, as
  // FieldsFrom() says before them and after them. For rows that differ in a few cells.
  //   const size_t from = buffer.FieldsFrom();
  //   buffer.Int("sequence", 7).Bool("approved", true);
  //   const size_t to = buffer.FieldsFrom();
  // REQUIRES: no row was refused and nothing cleared since, and this row has no fields yet.
  size_t FieldsFrom() const { return bytes_.size(); }
  LineBuffer& RepeatFields(size_t from, size_t to);

  // Ends the row with its designated timestamp. InvalidArgument: not after 1970, or a row without
  // a column. ResourceExhausted: the buffer or the row is past its limit.
  absl::Status At(Timestamp designated);

  // All rows of `other`, or none: ResourceExhausted. REQUIRES: neither is within a row.
  absl::Status Append(const LineBuffer& other);

  void Clear();

  std::string_view bytes() const { return bytes_; }
  size_t rows() const { return row_ends_.size(); }
  bool empty() const { return row_ends_.empty(); }
  // row_ends()[i] is the offset one past row i.
  std::span<const uint32_t> row_ends() const { return row_ends_; }
  const BufferLimits& limits() const { return limits_; }

 private:
  enum class State { kIdle, kTable, kSymbols, kFields };

  size_t row_start() const { return row_ends_.empty() ? 0 : row_ends_.back(); }
  void StartField(std::string_view name);
  void AppendBinary(double value);
  absl::Status Refuse(absl::Status why);

  BufferLimits limits_;
  Doubles doubles_ = Doubles::kText;
  std::string bytes_;
  std::vector<uint32_t> row_ends_;
  State state_ = State::kIdle;
};

}  // namespace tw::ilp
