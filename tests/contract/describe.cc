// contract_describe DESCRIPTORS: prints a descriptor set as the lines of lines.h; see update.
#include <fstream>
#include <iostream>

#include "tests/contract/lines.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: contract_describe DESCRIPTORS\n";
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  google::protobuf::FileDescriptorSet files;
  if (!in || !files.ParseFromIstream(&in)) {
    std::cerr << argv[1] << " is not a descriptor set\n";
    return 1;
  }
  std::cout
      << "# The contract of package tradewind.v1: nothing here is ever removed, renumbered or "
         "given another type.\n"
         "# Written by tests/contract/update.\n";
  for (const std::string& line : tw::contract::Describe(files)) {
    std::cout << line << '\n';
  }
  return 0;
}
