#include "services/gateway/openapi.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "libs/auth/rights.h"
#include "libs/json/names.h"
#include "services/gateway/methods.h"
#include "tradewind/v1/auth.pb.h"

namespace tw::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using Json = nlohmann::json;

// Answers with one list are bare arrays, but for these.
constexpr std::array<std::string_view, 3> kNoArrays = {
    "GetExposureResponse", "CancelAllOrdersResponse", "ListFeatureDefinitionsResponse"};
constexpr std::string_view kRef = "#/components/schemas/";

// The schemas that operations refer to, each made once.
class Schemas {
 public:
  Json Ref(const Descriptor& message) {
    const std::string& name = message.name();
    if (made_.insert(name).second) {
      all_[name] = Object(message);
    }
    return {{"$ref", std::string(kRef) + name}};
  }
  Json Of(const FieldDescriptor& field) {
    Json schema = One(field);
    return field.is_repeated() ? Json{{"type", "array"}, {"items", std::move(schema)}} : schema;
  }
  const std::map<std::string, Json>& all() const { return all_; }

 private:
  Json Object(const Descriptor& message) {
    Json properties = Json::object();
    for (int i = 0; i < message.field_count(); ++i) {
      properties[message.field(i)->name()] = Of(*message.field(i));
    }
    return {{"type", "object"}, {"properties", std::move(properties)}};
  }
  Json One(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL: return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64: return {{"type", "integer"}};
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE: return {{"type", Json::array({"number", "null"})}};
      case FieldDescriptor::CPPTYPE_STRING:
        return tw::json::IsDecimal(field)
                   ? Json{{"type", Json::array({"string", "number"})}, {"format", "decimal"}}
                   : Json{{"type", "string"}};
      case FieldDescriptor::CPPTYPE_ENUM: return Enum(*field.enum_type());
      case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    const std::string& name = field.message_type()->full_name();
    if (name == "google.protobuf.Timestamp") {
      return {{"type", "string"}, {"format", "date-time"}};
    }
    if (name == "tradewind.v1.BookLevel") {
      return {{"type", "array"},
              {"items", {{"type", "string"}}},
              {"minItems", 2},
              {"maxItems", 2},
              {"description", "price, size"}};
    }
    return Ref(*field.message_type());
  }
  static Json Enum(const google::protobuf::EnumDescriptor& type) {
    Json names = Json::array();
    for (int i = 0; i < type.value_count(); ++i) {
      names.push_back(type.value(i)->number() == 0
                          ? std::string()
                          : std::string(tw::json::ShortName(*type.value(i))));
    }
    return {{"type", "string"}, {"enum", std::move(names)}};
  }

  std::set<std::string> made_;
  std::map<std::string, Json> all_;
};

// Null for the rights that stand for no method.
const MethodDescriptor* MethodOf(std::string_view right) {
  const size_t slash = right.find('/');
  const auto* const service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "tradewind.v1." + std::string(right.substr(0, slash)));
  return service == nullptr ? nullptr
                            : service->FindMethodByName(std::string(right.substr(slash + 1)));
}

const Descriptor& RequestOf(const MethodDescriptor& method) {
  // The body is the limits themselves.
  return method.name() == "SetLimits" ? *v1::Limits::descriptor() : *method.input_type();
}

// What a route answers with 200.
Json AnswerOf(const MethodDescriptor& method, Schemas& schemas) {
  const Descriptor& output =
      method.name() == "Login" ? *v1::Identity::descriptor() : *method.output_type();
  const bool plain =
      std::find(kNoArrays.begin(), kNoArrays.end(), output.name()) != kNoArrays.end();
  const FieldDescriptor* const list = output.field_count() > 0 ? output.field(0) : nullptr;
  const std::string_view name = output.name();
  const bool is_list = !plain && name.ends_with("Response") && list != nullptr &&
                       list->is_repeated() && list->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  return is_list ? schemas.Of(*list) : schemas.Ref(output);
}

std::vector<std::string> PathNames(std::string_view pattern) {
  std::vector<std::string> names;
  for (size_t open = pattern.find('{'); open != std::string_view::npos;
       open = pattern.find('{', open + 1)) {
    const size_t close = pattern.find('}', open);
    names.emplace_back(pattern.substr(open + 1, close - open - 1));
  }
  return names;
}

Json Parameters(const http::RouteName& route, const Descriptor* request, Schemas& schemas) {
  Json parameters = Json::array();
  const std::vector<std::string> in_path = PathNames(route.pattern);
  for (const std::string& name : in_path) {
    parameters.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  const bool has_query = route.method == "GET" || route.method == "DELETE";
  for (int i = 0; has_query && request != nullptr && i < request->field_count(); ++i) {
    const FieldDescriptor& field = *request->field(i);
    const bool taken = std::find(in_path.begin(), in_path.end(), field.name()) != in_path.end();
    const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                            field.message_type()->full_name() != "google.protobuf.Timestamp";
    if (!taken && !is_message) {
      parameters.push_back(
          {{"name", field.name()}, {"in", "query"}, {"schema", schemas.Of(field)}});
    }
  }
  return parameters;
}

Json Content(Json schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

Json Responses(const auth::Right& right, const MethodDescriptor* method, Schemas& schemas) {
  Json responses = Json::object();
  if (right.name == "AuthService/Logout") {
    responses["204"] = {{"description", "signed out"}};
  } else if (right.name == "gateway/Live") {
    responses["101"] = {{"description", "the WebSocket is open"}};
  } else {
    Json answer = {{"description", "done"}};
    answer["content"] = Content(method == nullptr ? Json::object() : AnswerOf(*method, schemas));
    responses["200"] = std::move(answer);
  }
  Json error = {{"description", "refused; `code` says why"}};
  error["content"] = Content({{"$ref", std::string(kRef) + "Error"}});
  responses["default"] = std::move(error);
  return responses;
}

Json Operation(const http::RouteName& route, const auth::Right& right, Schemas& schemas) {
  const MethodDescriptor* const method = MethodOf(right.name);
  const Descriptor* const request = method == nullptr ? nullptr : &RequestOf(*method);
  const std::string name(right.name);
  Json operation;
  operation["tags"] = Json::array({name.substr(0, name.find('/'))});
  operation["operationId"] = route.method + " " + route.pattern;
  operation["summary"] = name;
  operation["parameters"] = Parameters(route, request, schemas);
  if (request != nullptr && route.method != "GET" && route.method != "DELETE") {
    operation["requestBody"] = {{"content", Content(schemas.Ref(*request))}};
  }
  operation["responses"] = Responses(right, method, schemas);
  if (right.access == auth::Access::kOpen) {
    operation["security"] = Json::array();
  } else {
    operation["x-scope"] =
        right.access == auth::Access::kScope ? std::string(auth::NameOf(right.scope)) : "signed in";
  }
  return operation;
}

Json Head() {
  Json document;
  document["openapi"] = "3.1.0";
  document["info"] = {
      {"title", "Tradewind"},
      {"version", "1"},
      {"description",
       "The public door. Decimals are strings out, strings or numbers in; enums are short and "
       "case-insensitive in; times are RFC 3339 in UTC. Lists are bare arrays, oldest first, with "
       "the next cursor in X-Next. docs/api.md says the rest."}};
  document["servers"] = Json::array({Json{{"url", "/"}}});
  document["security"] =
      Json::array({Json{{"bearer", Json::array()}}, Json{{"cookie", Json::array()}}});
  document["components"]["securitySchemes"] = {
      {"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
      {"cookie", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "tradewind_session"}}}};
  return document;
}

}  // namespace

std::string OpenApi(const std::vector<http::RouteName>& routes) {
  Json document = Head();
  Schemas schemas;
  for (const http::RouteName& route : routes) {
    const auth::Right* const right = auth::FindRouteRight(route.method, route.pattern);
    if (right == nullptr || right->name == "gateway/Page") {
      continue;
    }
    std::string verb = route.method;
    for (char& c : verb) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    document["paths"][route.pattern][verb] = Operation(route, *right, schemas);
  }
  for (const auto& [name, schema] : schemas.all()) {
    document["components"]["schemas"][name] = schema;
  }
  document["components"]["schemas"]["Error"] = {{"type", "object"},
                                                {"required", Json::array({"code", "message"})},
                                                {"properties",
                                                 {{"code", {{"type", "string"}}},
                                                  {"message", {{"type", "string"}}},
                                                  {"field", {{"type", "string"}}}}}};
  return document.dump(1);
}

void RegisterOpenApi(http::Server& server) {
  std::vector<http::RouteName> routes = server.Routes();
  routes.push_back({"GET", "/api/openapi.json"});
  server.Get("/api/openapi.json",
             [text = OpenApi(routes)](const http::Request&) { return http::Json(text); });
}

}  // namespace tw::gateway
