// The protobuf contract as text, one line for each thing that others rely on:
//
//   message Order
//   field Order.price 9 string single
//   enum Side.SIDE_BUY 1
//   rpc OrderService.SubmitOrder SubmitOrderRequest -> Order
#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <string_view>
#include <vector>

namespace tw::contract {

// Sorted. Names are relative to the package tradewind.v1.
std::vector<std::string> Describe(const google::protobuf::FileDescriptorSet& files);

// The lines of a stored description; blank lines and lines that begin with # do not count.
std::vector<std::string> ReadLines(std::string_view text);

struct Comparison {
  std::vector<std::string> broken;  // stored lines that no longer hold, with what stands there now
  std::vector<std::string> added;   // lines that are not stored yet
};

Comparison Compare(const std::vector<std::string>& stored, const std::vector<std::string>& current);

}  // namespace tw::contract
