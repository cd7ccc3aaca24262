// Certificates for tests, made by openssl as deploy/lib/tls.sh makes them: an authority and names
// signed by it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "libs/base/tls_files.h"

namespace tw::testing {

class Certificates {
 public:
  explicit Certificates(const std::string& name)
      : folder_(::testing::TempDir() + "tw-tls-" + name + "-" + std::to_string(::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
        name + " -keyout ca.key -out ca.crt");
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }

  // A new one in the place of an old one.
  void Make(const std::string& name) {
    Run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
        " -keyout new.key -out new.csr");
    Run("printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > new.ext");
    Run("openssl x509 -req -in new.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out "
        "new.crt -extfile new.ext");
    Run("mv new.key " + name + ".key && mv new.crt " + name + ".crt");
  }
  TlsFiles Files(const std::string& name, bool both_sides = true) const {
    return TlsFilesIn(folder_, name, both_sides);
  }
  // Whose certificates are known, without one of one's own.
  TlsFiles Authority() const { return {"", "", folder_ + "/ca.crt", false}; }

 private:
  void Run(const std::string& command) const {
    const std::string line = "cd " + folder_ + " && " + command + " 2>/dev/null";
    ASSERT_EQ(std::system(line.c_str()), 0) << command;  // NOLINT(cert-env33-c): a test's own words
  }

  const std::string folder_;
};

}  // namespace tw::testing
