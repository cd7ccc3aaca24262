// The ordinary suite's share of fuzzing: every input of the corpus, then mutations of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "tests/fuzz/fuzz.h"
#include "tests/seed.h"

namespace tw::fuzz {
namespace {

constexpr size_t kBytesMax = 4096;

// Sorted by name, so that a seed means the same on every machine. The empty input is always there.
std::vector<std::string> Corpus() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(TW_FUZZ_CORPUS)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus = {""};
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

void TryInput(const std::string& input) {
  // A copy of exactly its size: reading past the end is seen by the address sanitizer.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string Mutated(std::string text, const std::vector<std::string>& corpus, Prng& prng) {
  for (uint64_t n = 1 + prng.Below(4); n > 0; --n) {
    const size_t at = prng.Below(text.size() + 1);
    const std::string& other = corpus[prng.Below(corpus.size())];
    switch (prng.Below(6)) {
      case 0: text.insert(at, 1, static_cast<char>(prng.Below(256))); break;
      case 1: text.erase(at, 1 + prng.Below(8)); break;
      case 2: text.insert(at, text.substr(at, prng.Below(40))); break;
      case 3: text = text.substr(0, at) + other.substr(prng.Below(other.size() + 1)); break;
      case 4:
        if (at < text.size()) {
          text[at] = static_cast<char>(text[at] ^ (1 << prng.Below(8)));
        }
        break;
      default:
        if (at < text.size()) {
          std::swap(text[at], text[prng.Below(text.size())]);
        }
    }
    text.resize(std::min(text.size(), kBytesMax));
  }
  return text;
}

TEST(FuzzReplayTest, CorpusAndItsMutationsAreTakenOrRefused) {
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GT(corpus.size(), 2u) << "no inputs in " << TW_FUZZ_CORPUS;
  for (const std::string& input : corpus) {
    TryInput(input);
  }
  Prng prng(TestSeed(1));
  for (int i = 0; i < TW_FUZZ_RUNS; ++i) {
    TryInput(Mutated(corpus[prng.Below(corpus.size())], corpus, prng));
  }
}

}  // namespace
}  // namespace tw::fuzz
