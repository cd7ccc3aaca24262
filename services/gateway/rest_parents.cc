// REST: parent orders, /api/v1/parents.
#include "services/gateway/rest.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {
namespace {

using http::Request;

// A route whose request names its parent order in the path.
template <typename Message>
void AddOfOne(http::Server& server,
              const RestBackend& backend,
              const char* verb,
              const char* pattern,
              const Method<Message, v1::ParentOrder>& method) {
  AddRoute<Message, v1::ParentOrder>(
      server, backend.forwarder,
      {.verb = verb,
       .pattern = pattern,
       .method = method,
       .fill = [](const Request& request, Message& message) {
         message.set_parent_order_id(std::string(request.Param("id")));
       }});
}

}  // namespace

void RegisterParentRoutes(http::Server& server, const RestBackend& backend) {
  AddRoute<v1::SubmitParentOrderRequest, v1::ParentOrder>(server, backend.forwarder,
                                                          {.verb = "POST",
                                                           .pattern = "/api/v1/parents",
                                                           .method = methods::kSubmitParentOrder,
                                                           .body_required = true});
  AddRoute<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>(
      server, backend.forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/parents",
       .method = methods::kListParentOrders,
       .render = [](const auto& list) { return RenderList(list.orders(), list.next()); }});
  AddOfOne(server, backend, "GET", "/api/v1/parents/{id}", methods::kGetParentOrder);
  AddOfOne(server, backend, "PATCH", "/api/v1/parents/{id}", methods::kReplaceParentOrder);
  AddOfOne(server, backend, "DELETE", "/api/v1/parents/{id}", methods::kCancelParentOrder);
  AddOfOne(server, backend, "POST", "/api/v1/parents/{id}/pause", methods::kPauseParentOrder);
  AddOfOne(server, backend, "POST", "/api/v1/parents/{id}/resume", methods::kResumeParentOrder);
}

}  // namespace tw::gateway
