#include "services/cli/backup/manifest.h"

#include "gtest/gtest.h"

namespace tw::cli {
namespace {

Manifest Sample() {
  Manifest manifest;
  manifest.version = "tradewind 0.1.0";
  manifest.cut_at = "2026-11-27T13:00:00.000000000Z";
  manifest.stopped_us = 12'345;
  manifest.questdb = true;
  manifest.journals = {{"oms/journal", 42, std::string(64, 'a')}};
  manifest.files = {{"oms/journal/00000001.journal", 67'108'864, 4'242, 0644, std::string(64, 'b')},
                    {"ptrc/reports/a b\"c.csv", 3, 3, 0600, std::string(64, 'c')}};
  return manifest;
}

// With the seal that belongs to it: as a person would who changes it with intent.
std::string Changed(const std::string& what, const std::string& to) {
  std::string text = EncodeManifest(Sample());
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), to);
  return text;
}

TEST(ManifestTest, ReadsWhatItWrites) {
  const absl::StatusOr<Manifest> read = DecodeManifest(EncodeManifest(Sample()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeManifest(*read), EncodeManifest(Sample()));
  EXPECT_EQ(read->files[0].size, 67'108'864u);
  EXPECT_EQ(read->files[1].path, "ptrc/reports/a b\"c.csv");
  EXPECT_EQ(read->stored_bytes(), 4'245u);
}

TEST(ManifestTest, ACutAnywhereIsSeen) {
  const std::string text = EncodeManifest(Sample());
  for (size_t n = 0; n < text.size(); ++n) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(text.substr(0, n)).status())) << n;
  }
}

TEST(ManifestTest, AChangedByteAnywhereIsSeen) {
  const std::string text = EncodeManifest(Sample());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(other).status())) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(Changed("4242", "4243")).status()));
}

TEST(ManifestTest, NoPathLeadsOutside) {
  for (const char* path : {"../x", "/etc/passwd", "oms/../../x", "./x", "oms//x", "oms/", ""}) {
    Manifest manifest = Sample();
    manifest.files = {{path, 1, 1, 0600, std::string(64, 'b')}};
    EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(EncodeManifest(manifest)).status())) << path;
  }
}

TEST(ManifestTest, NoPathTwice) {
  Manifest manifest = Sample();
  manifest.files.push_back(manifest.files.back());
  EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(EncodeManifest(manifest)).status()));
}

TEST(ManifestTest, NoMoreStoredThanThereWas) {
  Manifest manifest = Sample();
  manifest.files[0].stored = manifest.files[0].size + 1;
  EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(EncodeManifest(manifest)).status()));
}

}  // namespace
}  // namespace tw::cli
