// Append and sync of 256-byte records in groups of 1, 16, 256 and 1024, beside the floor: one write
// of as many bytes and one fdatasync, in the same run on the same disk. Then recovery, in records a
// second.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"

namespace tw::journal {
namespace {

constexpr size_t kRecordBytes = 256;
constexpr uint64_t kFileBytes = uint64_t{64} << 20;

// A folder of its own, beside the program (a real disk, where /tmp may be memory); gone at the end.
class Folder {
 public:
  Folder() : path_("journal_bench." + std::to_string(::getpid())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void BM_FloorWriteAndSync(benchmark::State& state) {
  const Folder folder;
  PosixFileSystem files;
  auto file = files.Open(folder.path() + "/floor", OpenMode::kWrite);
  if (!file.ok() || !(*file)->Preallocate(kFileBytes).ok() || !(*file)->Sync().ok()) {
    state.SkipWithError("no file");
    return;
  }
  const std::string bytes(static_cast<size_t>(state.range(0)) * kRecordBytes, 'x');
  uint64_t offset = 0;
  for (auto _ : state) {
    if (!(*file)->WriteAt(offset, bytes).ok() || !(*file)->Sync().ok()) {
      state.SkipWithError("sync failed");
      return;
    }
    offset += bytes.size();
    if (offset + bytes.size() > kFileBytes) {
      offset = 0;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FloorWriteAndSync)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->UseRealTime();

void BM_AppendAndSync(benchmark::State& state) {
  const Folder folder;
  PosixFileSystem files;
  auto writer = Writer::Open(files, folder.path(), {});
  if (!writer.ok()) {
    state.SkipWithError("no journal");
    return;
  }
  const std::string record(kRecordBytes, 'x');
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      benchmark::DoNotOptimize((*writer)->Append(record));
    }
    if (!(*writer)->Sync().ok()) {
      state.SkipWithError("sync failed");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_AppendAndSync)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->UseRealTime();

void BM_Recover(benchmark::State& state) {
  constexpr int kRecords = 200'000;
  const Folder folder;
  PosixFileSystem files;
  {
    auto writer = Writer::Open(files, folder.path(), {});
    const std::string record(kRecordBytes, 'x');
    for (int i = 1; writer.ok() && i <= kRecords; ++i) {
      benchmark::DoNotOptimize((*writer)->Append(record));
      if (i % state.range(0) == 0 && !(*writer)->Sync().ok()) {
        state.SkipWithError("sync failed");
        return;
      }
    }
  }
  for (auto _ : state) {
    uint64_t bytes = 0;
    const auto report = Recover(files, folder.path(), 1, [&](uint64_t, std::string_view record) {
      bytes += record.size();
      return absl::OkStatus();
    });
    if (!report.ok() || bytes == 0) {
      state.SkipWithError("recovery failed");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * (kRecords - kRecords % state.range(0)));
}
BENCHMARK(BM_Recover)->Arg(16)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tw::journal
