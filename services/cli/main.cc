#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "services/cli/program.h"

int main(int argc, char** argv) {
  const int exit = tw::cli::Run(argc, argv, std::cout, std::cerr, isatty(STDERR_FILENO) != 0);
  std::cout.flush();
  std::cerr.flush();
  // gRPC 1.51 winds down on threads of its own; static destructors would run beside them and abort
  // now and then. Nothing is left to save here.
  std::_Exit(exit);
}
