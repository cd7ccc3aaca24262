#include "libs/recorded/zip_text.h"

#include <gtest/gtest.h>

#include <fstream>

#include "libs/core/prng.h"
#include "tests/libs/recorded/zip_file.h"
#include "tests/seed.h"

namespace tw::recorded {
namespace {

std::vector<std::string> Lines(ZipText& text) {
  std::vector<std::string> out;
  std::string_view line;
  while (true) {
    const absl::StatusOr<bool> more = text.NextLine(line);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) {
      return out;
    }
    out.emplace_back(line);
    EXPECT_EQ(text.line_number(), out.size());
  }
}

TEST(ZipTextTest, HandsOutLinesWithoutTheirEnds) {
  const TempFolder folder;
  const struct {
    std::string content;
    std::vector<std::string> lines;
  } cases[] = {
      {"", {}},       {"\n", {""}},         {"a", {"a"}},
      {"a\n", {"a"}}, {"a\nb", {"a", "b"}}, {"a\r\n\r\nb\r\n", {"a", "", "b"}},
  };
  for (const auto& c : cases) {
    auto text = ZipText::Open(folder.Zip("x.zip", {{"x.csv", c.content}}));
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(text->entry_name(), "x.csv");
    EXPECT_EQ(Lines(*text), c.lines) << c.content;
  }
}

TEST(ZipTextTest, LinesOfAnyLengthAcrossChunks) {
  const TempFolder folder;
  Prng random(TestSeed(20'131'007));
  std::vector<std::string> lines;
  std::string content;
  for (int i = 0; i < 2'000; ++i) {
    lines.emplace_back(random.Below(ZipText::kLineMax + 1),
                       static_cast<char>('a' + static_cast<char>(random.Below(26))));
    content += lines.back() + "\n";
  }
  auto text = ZipText::Open(folder.Zip("x.zip", {{"x.csv", content}}));
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(Lines(*text), lines);
}

TEST(ZipTextTest, RefusesALineThatIsTooLong) {
  const TempFolder folder;
  const std::string content = "ok\n" + std::string(ZipText::kLineMax + 1, 'x') + "\n";
  auto text = ZipText::Open(folder.Zip("x.zip", {{"x.csv", content}}));
  ASSERT_TRUE(text.ok()) << text.status();
  std::string_view line;
  ASSERT_TRUE(text->NextLine(line).ok());
  const auto second = text->NextLine(line);
  ASSERT_EQ(second.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(second.status().message()).find("x.zip:2: longer than"), std::string::npos);
}

TEST(ZipTextTest, RefusesWhatIsNotOneFile) {
  const TempFolder folder;
  EXPECT_EQ(ZipText::Open(folder.path() + "/none.zip").status().code(),
            absl::StatusCode::kNotFound);
  const std::string plain = folder.path() + "/plain.zip";
  std::ofstream(plain) << "1,2,3\n";
  EXPECT_EQ(ZipText::Open(plain).status().code(), absl::StatusCode::kInvalidArgument);
  const auto two = ZipText::Open(folder.Zip("two.zip", {{"a.csv", "1"}, {"b.csv", "2"}}));
  ASSERT_EQ(two.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(two.status().message()).find("expected one file in the archive, found 2"),
            std::string::npos);
}

TEST(ZipTextTest, DamageIsDataLoss) {
  const TempFolder folder;
  std::string content;
  Prng random(7);
  while (content.size() < 200'000) {
    content += std::to_string(random.Next()) + "\n";
  }
  const std::string path = folder.Zip("x.zip", {{"x.csv", content}});
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(20'000);
  file.write("\xff\x00\xff\x00\xff\x00\xff\x00", 8);
  file.close();
  auto text = ZipText::Open(path);
  ASSERT_TRUE(text.ok()) << text.status();
  absl::StatusOr<bool> more = true;
  std::string_view line;
  while (more.ok() && *more) {
    more = text->NextLine(line);
  }
  ASSERT_FALSE(more.ok()) << "the damage went unseen";
}

}  // namespace
}  // namespace tw::recorded
