#include "services/exeq/parent_doors.h"

#include <memory>
#include <utility>

#include "libs/json/json.h"
#include "libs/stream/serve.h"

namespace tw::exeq {
namespace {

using http::Request;
using http::Responder;

template <typename T>
ParentAnswer<T> Send(const rpc::Reply<T>& reply) {
  return [reply](const absl::StatusOr<T>& result) { reply.Send(result); };
}

ParentAnswer<v1::ParentOrder> Send(const Responder& responder) {
  return [responder](const absl::StatusOr<v1::ParentOrder>& order) {
    if (order.ok()) {
      responder.Send(http::Json(json::ToJson(*order)));
    } else {
      responder.Fail(order.status());
    }
  };
}

void ServeUpdates(
    ParentDesk& desk,
    stream::Pump& pump,
    const v1::StreamParentOrdersRequest& request,
    const rpc::Stream<v1::ParentOrderUpdates, v1::StreamParentOrdersRequest>& stream) {
  stream::ServeOptions<v1::ParentOrderUpdate, v1::ParentOrderUpdates> options;
  options.from = request.from_sequence() == 0 ? desk.updates().head() + 1 : request.from_sequence();
  options.read = [&desk](uint64_t from, size_t max) { return desk.updates().Read(from, max); };
  auto last = std::make_shared<uint64_t>(0);
  options.head = [last](uint64_t head, uint64_t previous, v1::ParentOrderUpdates& batch) {
    batch.set_head_sequence(head);
    *last = previous;
  };
  options.add = [last, id = request.parent_order_id()](const v1::ParentOrderUpdate& update,
                                                       v1::ParentOrderUpdates& batch) {
    if (!id.empty() && update.order().parent_order_id() != id) {
      return false;
    }
    v1::ParentOrderUpdate& out = *batch.add_updates();
    out = update;
    out.set_previous_sequence(std::exchange(*last, update.sequence()));
    return true;
  };
  stream::Serve<v1::ParentOrderUpdate, v1::ParentOrderUpdates, v1::StreamParentOrdersRequest>(
      pump, stream, std::move(options));
}

}  // namespace

void RegisterParentMethods(rpc::Service& service, ParentDesk& desk, stream::Pump& pump) {
  service.Unary<v1::SubmitParentOrderRequest, v1::ParentOrder>(
      "SubmitParentOrder",
      [&desk](const auto& request, auto reply) { desk.Submit(request, Send(reply)); });
  service.Unary<v1::GetParentOrderRequest, v1::ParentOrder>(
      "GetParentOrder",
      [&desk](const auto& request, auto reply) { desk.Get(request, Send(reply)); });
  service.Unary<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>(
      "ListParentOrders",
      [&desk](const auto& request, auto reply) { desk.List(request, Send(reply)); });
  service.Unary<v1::PauseParentOrderRequest, v1::ParentOrder>(
      "PauseParentOrder", [&desk](const auto& request, auto reply) {
        desk.Pause(request.parent_order_id(), Send(reply));
      });
  service.Unary<v1::ResumeParentOrderRequest, v1::ParentOrder>(
      "ResumeParentOrder", [&desk](const auto& request, auto reply) {
        desk.Resume(request.parent_order_id(), Send(reply));
      });
  service.Unary<v1::CancelParentOrderRequest, v1::ParentOrder>(
      "CancelParentOrder", [&desk](const auto& request, auto reply) {
        desk.Cancel(request.parent_order_id(), Send(reply));
      });
  service.Unary<v1::ReplaceParentOrderRequest, v1::ParentOrder>(
      "ReplaceParentOrder",
      [&desk](const auto& request, auto reply) { desk.Replace(request, Send(reply)); });
  service.ServerStream<v1::StreamParentOrdersRequest, v1::ParentOrderUpdates>(
      "StreamParentOrders", [&desk, &pump](const auto& request, auto stream) {
        if (desk.ready()) {
          ServeUpdates(desk, pump, request, stream);
        } else {
          stream.Finish(absl::UnavailableError("recovering"));
        }
      });
}

void RegisterParentRoutes(http::Server& server, ParentDesk& desk) {
  server.Route("POST", "/parents", [&desk](const Request& request, const Responder& responder) {
    v1::SubmitParentOrderRequest submit;
    const absl::Status read = json::FromJson(request.body, &submit);
    read.ok() ? desk.Submit(submit, Send(responder)) : (void)responder.Fail(read);
  });
  server.Route("GET", "/parents", [&desk](const Request& request, const Responder& responder) {
    v1::ListParentOrdersRequest list;
    if (const absl::Status read = json::FromParams(request.query, &list); !read.ok()) {
      responder.Fail(read);
      return;
    }
    desk.List(list, [responder](const absl::StatusOr<v1::ListParentOrdersResponse>& result) {
      if (!result.ok()) {
        responder.Fail(result.status());
        return;
      }
      http::Response response = http::Json(json::ToJsonArray(result->orders()));
      if (!result->next().empty()) {
        response.headers.emplace_back("X-Next", result->next());
      }
      responder.Send(std::move(response));
    });
  });
  server.Route("GET", "/parents/{id}", [&desk](const Request& request, const Responder& responder) {
    v1::GetParentOrderRequest get;
    get.set_parent_order_id(std::string(request.Param("id")));
    desk.Get(get, Send(responder));
  });
  server.Route("PATCH", "/parents/{id}",
               [&desk](const Request& request, const Responder& responder) {
                 v1::ReplaceParentOrderRequest replace;
                 const absl::Status read = json::FromJson(request.body, &replace);
                 replace.set_parent_order_id(std::string(request.Param("id")));
                 read.ok() ? desk.Replace(replace, Send(responder)) : (void)responder.Fail(read);
               });
  server.Route("DELETE", "/parents/{id}",
               [&desk](const Request& request, const Responder& responder) {
                 desk.Cancel(std::string(request.Param("id")), Send(responder));
               });
  server.Route("POST", "/parents/{id}/pause",
               [&desk](const Request& request, const Responder& responder) {
                 desk.Pause(std::string(request.Param("id")), Send(responder));
               });
  server.Route("POST", "/parents/{id}/resume",
               [&desk](const Request& request, const Responder& responder) {
                 desk.Resume(std::string(request.Param("id")), Send(responder));
               });
}

}  // namespace tw::exeq
