#include <unistd.h>

#include <iostream>

#include "services/cli/program.h"

int main(int argc, char** argv) {
  return tw::cli::Run(argc, argv, std::cout, std::cerr, isatty(STDERR_FILENO) != 0);
}
