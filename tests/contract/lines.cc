#include "tests/contract/lines.h"

#include <algorithm>
#include <map>

namespace tw::contract {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::EnumValueDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::MethodDescriptorProto;
using google::protobuf::ServiceDescriptorProto;

// ".tradewind.v1.Order" -> "Order"; other packages keep their full name.
std::string Relative(const std::string& name) {
  const std::string package = ".tradewind.v1.";
  return name.compare(0, package.size(), package) == 0 ? name.substr(package.size()) : name;
}

// TYPE_FIXED64 -> "fixed64"; messages and enums by their name.
std::string TypeName(const FieldDescriptorProto& field) {
  if (!field.type_name().empty()) {
    return Relative(field.type_name());
  }
  std::string name = FieldDescriptorProto::Type_Name(field.type()).substr(5);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

std::string Label(const DescriptorProto& message, const FieldDescriptorProto& field) {
  if (field.label() == FieldDescriptorProto::LABEL_REPEATED) {
    return "repeated";
  }
  if (field.proto3_optional()) {
    return "optional";
  }
  return field.has_oneof_index() ? "oneof:" + message.oneof_decl(field.oneof_index()).name()
                                 : "single";
}

void DescribeEnum(const EnumDescriptorProto& type,
                  const std::string& scope,
                  std::vector<std::string>* out) {
  for (const EnumValueDescriptorProto& value : type.value()) {
    out->push_back("enum " + scope + type.name() + '.' + value.name() + ' ' +
                   std::to_string(value.number()));
  }
}

void DescribeMessage(const DescriptorProto& message,
                     const std::string& scope,
                     std::vector<std::string>* out) {
  const std::string name = scope + message.name();
  out->push_back("message " + name);
  for (const FieldDescriptorProto& field : message.field()) {
    out->push_back("field " + name + '.' + field.name() + ' ' + std::to_string(field.number()) +
                   ' ' + TypeName(field) + ' ' + Label(message, field));
  }
  for (const EnumDescriptorProto& nested : message.enum_type()) {
    DescribeEnum(nested, name + '.', out);
  }
  for (const DescriptorProto& nested : message.nested_type()) {
    DescribeMessage(nested, name + '.', out);
  }
}

void DescribeService(const ServiceDescriptorProto& service, std::vector<std::string>* out) {
  for (const MethodDescriptorProto& method : service.method()) {
    out->push_back("rpc " + service.name() + '.' + method.name() + ' ' +
                   (method.client_streaming() ? "stream " : "") + Relative(method.input_type()) +
                   " -> " + (method.server_streaming() ? "stream " : "") +
                   Relative(method.output_type()));
  }
}

// "field Order.price" of "field Order.price 9 string single".
std::string Subject(const std::string& line) {
  return line.substr(0, line.find(' ', line.find(' ') + 1));
}

}  // namespace

std::vector<std::string> Describe(const google::protobuf::FileDescriptorSet& files) {
  std::vector<std::string> out;
  for (const FileDescriptorProto& file : files.file()) {
    for (const EnumDescriptorProto& type : file.enum_type()) {
      DescribeEnum(type, "", &out);
    }
    for (const DescriptorProto& message : file.message_type()) {
      DescribeMessage(message, "", &out);
    }
    for (const ServiceDescriptorProto& service : file.service()) {
      DescribeService(service, &out);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> ReadLines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0 && text.front() != '#') {
      out.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Comparison Compare(const std::vector<std::string>& stored,
                   const std::vector<std::string>& current) {
  std::map<std::string, std::string> now;
  for (const std::string& line : current) {
    now[Subject(line)] = line;
  }
  Comparison out;
  for (const std::string& line : stored) {
    const auto found = now.find(Subject(line));
    if (found == now.end()) {
      out.broken.push_back(line + "   is gone");
      continue;
    }
    if (found->second != line) {
      out.broken.push_back(line + "   is now   " + found->second);
    }
    now.erase(found);
  }
  for (const auto& [subject, line] : now) {
    out.added.push_back(line);
  }
  return out;
}

}  // namespace tw::contract
