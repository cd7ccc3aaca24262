// Merged: several recordings as one, by time, numbered anew. Rows of the same time come in the
// order in which their files were named.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/recorded/source.h"

namespace tw::recorded {

// REQUIRES: `sources` is not empty.
std::unique_ptr<RecordedSource> Merge(std::string name,
                                      std::vector<std::unique_ptr<RecordedSource>> sources);

}  // namespace tw::recorded
