// JSON bodies and query parameters as every REST route reads them. What is taken, once written, is
// taken again and means the same.
#include <google/protobuf/util/message_differencer.h>

#include <memory>

#include "libs/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace {

using google::protobuf::Message;

const Message* const kTypes[] = {
    &tradewind::v1::SubmitOrderRequest::default_instance(),
    &tradewind::v1::ReplaceOrderRequest::default_instance(),
    &tradewind::v1::ListOrdersRequest::default_instance(),
    &tradewind::v1::SetLimitsRequest::default_instance(),
    &tradewind::v1::IngestRequest::default_instance(),
    &tradewind::v1::OrderEvent::default_instance(),
    &tradewind::v1::OrderBook::default_instance(),
};

void CheckRoundTrip(const Message& taken) {
  const std::string text = tw::json::ToJson(taken);
  const std::unique_ptr<Message> again(taken.New());
  const absl::Status status = tw::json::FromJson(text, again.get());
  TW_CHECK(status.ok());
  TW_CHECK(google::protobuf::util::MessageDifferencer::Equals(taken, *again));
  TW_CHECK(tw::json::ToJson(*again) == text);
}

// "a=b&c=d" without decoding.
std::vector<std::pair<std::string, std::string>> Pairs(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty() && out.size() < 100) {
    const std::string_view part = text.substr(0, text.find('&'));
    const size_t equals = std::min(part.find('='), part.size());
    out.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return out;
}

}  // namespace

// The first byte chooses the message and the door.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tw::fuzz::Tape tape(tw::fuzz::Text(data, size));
  const uint8_t choice = tape.Byte();
  const std::unique_ptr<Message> message(kTypes[choice % std::size(kTypes)]->New());
  const bool params = choice / std::size(kTypes) % 4 == 1;
  tw::json::ReadOptions options;
  if (message->GetDescriptor() == tradewind::v1::SubmitOrderRequest::descriptor()) {
    options.aliases = {{"order_type", "type"}};
  }
  const absl::Status status = params
                                  ? tw::json::FromParams(Pairs(tape.Rest()), message.get(), options)
                                  : tw::json::FromJson(tape.Rest(), message.get(), options);
  if (status.ok()) {
    CheckRoundTrip(*message);
  } else {
    TW_CHECK(status.code() == absl::StatusCode::kInvalidArgument && !status.message().empty());
    TW_CHECK(message->ByteSizeLong() == 0);  // untouched
  }
  return 0;
}
