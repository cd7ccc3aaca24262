// docs/reject-reasons.md, the core's enum and the wire's are held together here.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "fmt/format.h"
#include "libs/core/types.h"
#include "services/risk/checks.h"
#include "tradewind/v1/types.pb.h"

namespace tw::risk {
namespace {

std::string Document() {
  std::ifstream in(TW_SOURCE_DIR "/docs/reject-reasons.md");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(RejectReasonsTest, EachHasARowAndEachRowIsOne) {
  const std::string document = Document();
  ASSERT_FALSE(document.empty());
  const auto* type = tradewind::v1::RejectReason_descriptor();
  size_t expected = 0;
  for (int i = 0; i < type->value_count(); ++i) {
    const auto* value = type->value(i);
    if (value->number() == 0) {
      continue;
    }
    ++expected;
    const std::string_view name = Name(static_cast<RejectReason>(value->number()));
    EXPECT_EQ("REJECT_REASON_" + std::string(name), value->name());
    EXPECT_NE(document.find(fmt::format("\n| {} | `{}` | ", value->number(), name)),
              std::string::npos)
        << value->name();
  }
  size_t rows = 0;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    rows += line.size() > 2 && line[0] == '|' && std::isdigit(line[2]) != 0 ? 1 : 0;
  }
  EXPECT_EQ(rows, expected);
}

TEST(RejectReasonsTest, EachCheckIsNamedInTheDocument) {
  const std::string document = Document();
  for (size_t i = 0; i < kCheckCount; ++i) {
    const std::string name(Name(static_cast<CheckId>(i)));
    EXPECT_NE(document.find('`' + name + '`'), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace tw::risk
