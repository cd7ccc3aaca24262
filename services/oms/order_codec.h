// Orders as bytes of the index: the whole of them, in the order of their fields. No format to keep:
// kIndexFormat goes up with every change, and an index of another format is made anew from the
// journal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/oms/order.h"
#include "services/oms/past_orders.h"

namespace tw::oms {

inline constexpr uint64_t kIndexFormat = 1;

std::string EncodeOrder(const Order& order);
// Null: these are no bytes of EncodeOrder.
std::unique_ptr<Order> DecodeOrder(std::string_view bytes);
// What lists ask, from the first few bytes. The id is the caller's to set; the views are into
// `bytes`.
std::optional<OrderBrief> DecodeBrief(std::string_view bytes);

// Numbers as bytes, the small ones as one; texts with their length.
class ByteWriter {
 public:
  void operator()(uint64_t v);
  void operator()(int64_t v) {  // zigzag
    (*this)((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
  }
  void operator()(std::string_view text) {
    (*this)(static_cast<uint64_t>(text.size()));
    bytes_.append(text);
  }
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. What is missing reads as zeros, and ok() says so.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t Number();
  int64_t Signed() {
    const uint64_t v = Number();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  std::string_view Text();
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tw::oms
