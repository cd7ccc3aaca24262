#include "services/live-gateway/adjust.h"

#include <algorithm>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "libs/core/above_zero.h"
#include "libs/json/json.h"
#include "libs/log/log.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kReasonMax = 256;
constexpr size_t kByMax = 64;

using AdjustAnswer = std::function<void(const absl::StatusOr<v1::AdjustedTrade>&)>;

bool IsLine(const std::string& text, size_t max) {
  return text.size() <= max && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
         });
}

absl::StatusOr<std::string> MessageOf(const std::string& reason, const std::string& by) {
  if (reason.empty() || !IsLine(reason, kReasonMax)) {
    return FieldError("reason", "is required, a line of at most 256 characters");
  }
  if (!IsLine(by, kByMax)) {
    return FieldError("by", "must be a line of at most 64 characters");
  }
  return by.empty() ? reason : reason + " (" + by + ")";
}

absl::StatusOr<AdjustInput> Decode(const v1::BustTradeRequest& request) {
  AdjustInput input;
  input.bust = true;
  input.venue_exec_id = request.venue_exec_id();
  TW_ASSIGN_OR_RETURN(input.message, MessageOf(request.reason(), request.by()));
  return input;
}

absl::StatusOr<AdjustInput> Decode(const v1::CorrectTradeRequest& request) {
  AdjustInput input;
  input.venue_exec_id = request.venue_exec_id();
  TW_ASSIGN_OR_RETURN(input.message, MessageOf(request.reason(), request.by()));
  TW_RETURN_IF_ERROR(ReadAboveZero(request.quantity(), "quantity", input.quantity));
  TW_RETURN_IF_ERROR(ReadAboveZero(request.price(), "price", input.price));
  if (!input.quantity && !input.price) {
    return FieldError("price", "a correction names a quantity, a price or both");
  }
  return input;
}

template <typename Request>
void Post(Venue& venue, const Request& request, const AdjustAnswer& answer) {
  absl::StatusOr<AdjustInput> input = Decode(request);
  if (!input.ok()) {
    answer(input.status());
    return;
  }
  input->answer = answer;
  if (!venue.Post(*std::move(input), Lane::kPriority)) {
    answer(absl::UnavailableError("the venue takes no commands now"));
  }
}

template <typename Request>
void AddMethod(rpc::Service& service, const char* name, Venue& venue) {
  service.Unary<Request, v1::AdjustedTrade>(
      name, [&venue](const Request& request, rpc::Reply<v1::AdjustedTrade> reply) {
        Post(venue, request,
             [reply](const absl::StatusOr<v1::AdjustedTrade>& result) { reply.Send(result); });
      });
}

template <typename Request>
void AddHttpRoute(http::Server& server, const char* pattern, Venue& venue) {
  server.Route("POST", pattern,
               [&venue](const http::Request& request, const http::Responder& responder) {
                 Request message;
                 const absl::Status status = json::FromJson(request.body, &message);
                 if (!status.ok()) {
                   responder.Fail(status);
                   return;
                 }
                 message.set_venue_exec_id(std::string(request.Param("id")));
                 Post(venue, message, [responder](const absl::StatusOr<v1::AdjustedTrade>& result) {
                   if (result.ok()) {
                     responder.Send(http::Json(json::ToJson(*result)));
                   } else {
                     responder.Fail(result.status());
                   }
                 });
               });
}

}  // namespace

void RegisterTradeAdjustments(rpc::Service& service, Venue& venue) {
  AddMethod<v1::BustTradeRequest>(service, "BustTrade", venue);
  AddMethod<v1::CorrectTradeRequest>(service, "CorrectTrade", venue);
}

void RegisterTradeRoutes(http::Server& server, Venue& venue) {
  AddHttpRoute<v1::BustTradeRequest>(server, "/trades/{id}/bust", venue);
  AddHttpRoute<v1::CorrectTradeRequest>(server, "/trades/{id}/correct", venue);
}

// --- The owner's side --------------------------------------------------------------------------

absl::StatusOr<v1::AdjustedTrade> Venue::Adjust(const AdjustInput& input) {
  // As a fill is called elsewhere too: "PAPER-P-17".
  std::string_view id = input.venue_exec_id;
  for (const std::unique_ptr<Site>& site : sites_) {
    const std::string prefix = site->venue().name() + "-";
    if (id.starts_with(prefix)) {
      id.remove_prefix(prefix.size());
      break;
    }
  }
  const std::optional<uint64_t> number = ParseExecId(id);
  const auto page = number ? store_->Read(*number, 1) : stream::Page<v1::Execution>();
  const v1::Execution* const found = page.events.empty() ? nullptr : page.events.front().get();
  if (found == nullptr || found->execution_sequence() != *number ||
      found->kind() != v1::EXECUTION_KIND_FILLED) {
    return absl::NotFoundError("no trade " + input.venue_exec_id.substr(0, 64));
  }
  Site* const site = Find(found->venue());
  if (site == nullptr || site->paper() == nullptr) {
    return absl::FailedPreconditionError("trade " + input.venue_exec_id.substr(0, 64) + " was at " +
                                         found->venue() + ", which is no paper venue of ours");
  }
  v1::VenueReport stored;
  *stored.mutable_execution() = *found;
  TW_ASSIGN_OR_RETURN(const Report fill, Decode(stored));
  const Exchange::TradeTerms was = site->paper()->exchange().TermsOf(fill);
  Exchange::TradeTerms terms;
  if (!input.bust) {
    terms = {input.quantity.value_or(was.quantity), input.price.value_or(was.price)};
  }
  const Timestamp now = clock_.Now();
  Output out;
  TW_RETURN_IF_ERROR(site->paper()->Adjust(fill, terms, input.message, now, out));
  Report report = out.reports.front();
  Take(*site, std::move(out), now);
  report.number = last_number_;
  log::Warn("trade_adjusted", {{"venue_exec_id", report.original_exec_id},
                               {"busted", input.bust},
                               {"quantity", terms.quantity.ToString()},
                               {"price", terms.price.ToString()},
                               {"reason", input.message}});
  v1::AdjustedTrade answer;
  answer.set_venue(found->venue());
  answer.set_venue_exec_id(ExecId(report.number));
  answer.set_original_venue_exec_id(report.original_exec_id);
  answer.set_order_id(report.order_id.ToString());
  answer.set_account(report.account);
  answer.set_symbol(report.symbol);
  answer.set_side(ToProto(report.side));
  answer.set_quantity(terms.quantity.ToString());
  answer.set_price(input.bust ? report.price.ToString() : terms.price.ToString());
  answer.set_fee(input.bust ? Money().ToString() : report.fee.ToString());
  answer.set_execution_sequence(report.number);
  return answer;
}

void Venue::On(AdjustInput&& input) {
  held_.push_back([answer = std::move(input.answer), result = Adjust(input)] { answer(result); });
}

}  // namespace tw::live_gateway
