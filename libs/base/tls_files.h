// TlsFiles: where a process finds its certificate, PEM files. Whoever holds them reads them again
// when they change.
#pragma once

#include <string>

namespace tw {

struct TlsFiles {
  std::string certificate;  // with its chain
  std::string key;
  std::string authority;  // the certificates that the other side's must be signed by
  // Server: the other side must show one, too.
  bool both_sides = false;

  bool empty() const { return certificate.empty() && authority.empty(); }
};

// Those of `name` in a folder as deploy/up --secure makes it: NAME.crt, NAME.key, ca.crt.
inline TlsFiles TlsFilesIn(const std::string& folder, const std::string& name, bool both_sides) {
  return {folder + "/" + name + ".crt", folder + "/" + name + ".key", folder + "/ca.crt",
          both_sides};
}

}  // namespace tw
