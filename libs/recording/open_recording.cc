#include "libs/recording/open_recording.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/recorded/merged.h"
#include "libs/recorded/open.h"
#include "libs/recording/reader.h"

namespace tw::recording {

absl::StatusOr<std::unique_ptr<recorded::RecordedSource>> OpenRecording(
    const std::vector<std::string>& paths, const RecordingOptions& options) {
  std::vector<std::unique_ptr<recorded::RecordedSource>> sources;
  for (const std::string& path : paths) {
    auto source = IsRecording(path) ? OpenRows(path, options.symbol)
                                    : recorded::Open(path, options.symbol, options.mapping);
    TW_RETURN_IF_ERROR(source.status());
    sources.push_back(*std::move(source));
  }
  return options.name.empty() ? std::move(sources.front())
                              : recorded::Merge(options.name, std::move(sources));
}

}  // namespace tw::recording
