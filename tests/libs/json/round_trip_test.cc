// What ToJson writes, FromJson reads back, for random messages of every type of the package; and
// no text, however broken, does worse than a refusal.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/convert/timestamps.h"
#include "libs/core/decimal.h"
#include "libs/core/prng.h"
#include "libs/json/json.h"
#include "libs/json/names.h"
#include "tests/seed.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::json {
namespace {

namespace v1 = tradewind::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

constexpr int kDepthMax = 4;

std::string RandomText(Prng& prng, const FieldDescriptor& field) {
  if (IsDecimal(field)) {
    return FormatE8(static_cast<int64_t>(prng.Next()) >> (1 + prng.Below(62)));
  }
  static const std::vector<std::string> kPieces = {"a",
                                                   "Z",
                                                   "7",
                                                   "\"",
                                                   "\\",
                                                   "/",
                                                   "\n",
                                                   "\x01",
                                                   "\x7f",
                                                   " ",
                                                   "{",
                                                   "\xc3\xa9",
                                                   "\xe2\x82\xac",
                                                   "\xf0\x9f\x98\x80",
                                                   std::string(1, '\0')};
  std::string out;
  for (uint64_t n = prng.Below(8); n > 0; --n) {
    out += kPieces[prng.Below(kPieces.size())];
  }
  return out;
}

double RandomDouble(Prng& prng) {
  return static_cast<double>(static_cast<int64_t>(prng.Next())) /
         static_cast<double>(uint64_t{1} << prng.Below(63));
}

void Fill(Prng& prng, int depth, Message* out);

// Adds to a repeated field, sets any other.
void FillOne(Prng& prng, int depth, const FieldDescriptor* field, Message* out) {
  const auto& r = *out->GetReflection();
  const bool many = field->is_repeated();
  const uint64_t bits = prng.Next() >> prng.Below(64);
  const auto i64 = static_cast<int64_t>(bits);
  const auto i32 = static_cast<int32_t>(bits);
  const auto u32 = static_cast<uint32_t>(bits);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? r.AddBool(out, field, (bits & 1) != 0) : r.SetBool(out, field, (bits & 1) != 0);
    case FieldDescriptor::CPPTYPE_INT32:
      return many ? r.AddInt32(out, field, i32) : r.SetInt32(out, field, i32);
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? r.AddInt64(out, field, i64) : r.SetInt64(out, field, i64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return many ? r.AddUInt32(out, field, u32) : r.SetUInt32(out, field, u32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? r.AddUInt64(out, field, bits) : r.SetUInt64(out, field, bits);
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const auto v = static_cast<float>(RandomDouble(prng));
      return many ? r.AddFloat(out, field, v) : r.SetFloat(out, field, v);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double v = RandomDouble(prng);
      return many ? r.AddDouble(out, field, v) : r.SetDouble(out, field, v);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = RandomText(prng, *field);
      return many ? r.AddString(out, field, text) : r.SetString(out, field, text);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* type = field->enum_type();
      const auto* value =
          type->value(static_cast<int>(prng.Below(static_cast<uint64_t>(type->value_count()))));
      return many ? r.AddEnum(out, field, value) : r.SetEnum(out, field, value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(prng, depth + 1, many ? r.AddMessage(out, field) : r.MutableMessage(out, field));
  }
}

void Fill(Prng& prng, int depth, Message* out) {
  if (IsTimestamp(*out->GetDescriptor())) {
    // RFC 3339 texts are read for the whole years 1678 to 2261.
    ToTimestamp({prng.Between(-9'200'000'000'000'000'000, 9'200'000'000'000'000'000)},
                google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(out));
    return;
  }
  for (int i = 0; i < out->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = out->GetDescriptor()->field(i);
    const auto* oneof = field->real_containing_oneof();
    const bool taken = oneof != nullptr && out->GetReflection()->HasOneof(*out, oneof);
    const bool too_deep = field->type() == FieldDescriptor::TYPE_MESSAGE && depth >= kDepthMax;
    if (taken || too_deep || prng.Percent(30)) {
      continue;
    }
    for (uint64_t n = field->is_repeated() ? prng.Below(4) : 1; n > 0; --n) {
      FillOne(prng, depth, field, out);
    }
  }
}

std::vector<const Message*> EveryType() {
  std::vector<const Message*> out;
  for (const FileDescriptor* file :
       {v1::AltRecord::descriptor()->file(), v1::Ticker::descriptor()->file(),
        v1::Order::descriptor()->file(), v1::Position::descriptor()->file(),
        v1::Limits::descriptor()->file(), v1::LedgerEvent::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      out.push_back(google::protobuf::MessageFactory::generated_factory()->GetPrototype(
          file->message_type(i)));
    }
  }
  return out;
}

TEST(RoundTripTest, EveryMessageReadsBackAsItWas) {
  Prng prng(TestSeed());
  const std::vector<const Message*> types = EveryType();
  ASSERT_GT(types.size(), 80U);
  for (const Message* type : types) {
    if (IsTuple(*type->GetDescriptor())) {
      continue;  // an array cannot be a request
    }
    for (int i = 0; i < 20; ++i) {
      const std::unique_ptr<Message> sent(type->New());
      Fill(prng, 0, sent.get());
      const std::string text = ToJson(*sent);
      const std::unique_ptr<Message> found(type->New());
      const absl::Status status = FromJson(text, found.get());
      ASSERT_TRUE(status.ok()) << status << "\n" << text;
      ASSERT_TRUE(MessageDifferencer::Equals(*found, *sent)) << text << "\n"
                                                             << found->DebugString() << "\n"
                                                             << sent->DebugString();
    }
  }
}

// Cuts, swaps, doubles and overwrites bytes. A text that is still taken must write back to itself
// in one form: reading what was written gives the same message.
TEST(RoundTripTest, BrokenTextIsRefusedOrMeansSomething) {
  Prng prng(TestSeed());
  int taken = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    v1::SubmitOrderRequest sent;
    Fill(prng, 0, &sent);
    std::string text = ToJson(sent);
    for (uint64_t n = 1 + prng.Below(3); n > 0; --n) {
      const size_t at = prng.Below(text.size());
      switch (prng.Below(4)) {
        case 0: text[at] = static_cast<char>(prng.Below(256)); break;
        case 1: text.erase(at, 1 + prng.Below(4)); break;
        case 2: text.insert(at, text.substr(at, prng.Below(30))); break;
        default: std::swap(text[at], text[prng.Below(text.size())]); break;
      }
      text += text.empty() ? "{" : "";
    }
    v1::SubmitOrderRequest found;
    if (!FromJson(text, &found).ok()) {
      ASSERT_TRUE(MessageDifferencer::Equals(found, v1::SubmitOrderRequest())) << text;
      ++refused;
      continue;
    }
    ++taken;
    v1::SubmitOrderRequest again;
    ASSERT_TRUE(FromJson(ToJson(found), &again).ok()) << text;
    ASSERT_TRUE(MessageDifferencer::Equals(again, found)) << text;
  }
  EXPECT_GT(taken, 0);
  EXPECT_GT(refused, taken);
}

}  // namespace
}  // namespace tw::json
