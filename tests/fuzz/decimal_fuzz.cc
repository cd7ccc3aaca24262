// Decimal text. What is taken has one shortest form, and that form reads back as the same number.
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = tw::fuzz::Text(data, size);
  if (const auto e8 = tw::ParseE8(text); e8.ok()) {
    const std::string shortest = tw::FormatE8(*e8);
    const auto again = tw::ParseE8(shortest);
    TW_CHECK(again.ok() && *again == *e8);
    TW_CHECK(tw::FormatE8(*again) == shortest);
    TW_CHECK(shortest.find_first_not_of("-.0123456789") == std::string::npos);
    TW_CHECK((shortest.front() == '-') == (*e8 < 0));
  } else {
    TW_CHECK(!e8.status().message().empty());
  }
  if (const auto id = tw::OrderId::Parse(text)) {
    TW_CHECK(id->ToString() == text);
  }
  return 0;
}
