// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Node attributes: ONNX's to MLIR's. Graph attributes are not here; they become regions.
#include "compiler/frontend/OnnxGraph.h"
#include "dialects/Frontend/FrontendDialect.h"

using namespace mlir;
using onnx::AttributeProto;

namespace tao {

/// Which of the fields that may hold a value are set, as a bit mask over AttributeType; `f`, `i` and `s` count when present.
static unsigned getSetFields(const AttributeProto &attribute) {
  unsigned mask = 0;
  auto mark = [&](bool set, AttributeProto::AttributeType type) { mask |= set ? 1u << type : 0; };
  mark(attribute.has_f(), AttributeProto::FLOAT);
  mark(attribute.has_i(), AttributeProto::INT);
  mark(attribute.has_s(), AttributeProto::STRING);
  mark(attribute.has_t(), AttributeProto::TENSOR);
  mark(attribute.has_g(), AttributeProto::GRAPH);
  mark(attribute.has_sparse_tensor(), AttributeProto::SPARSE_TENSOR);
  mark(attribute.has_tp(), AttributeProto::TYPE_PROTO);
  mark(attribute.floats_size() > 0, AttributeProto::FLOATS);
  mark(attribute.ints_size() > 0, AttributeProto::INTS);
  mark(attribute.strings_size() > 0, AttributeProto::STRINGS);
  mark(attribute.tensors_size() > 0, AttributeProto::TENSORS);
  mark(attribute.graphs_size() > 0, AttributeProto::GRAPHS);
  mark(attribute.sparse_tensors_size() > 0, AttributeProto::SPARSE_TENSORS);
  mark(attribute.type_protos_size() > 0, AttributeProto::TYPE_PROTOS);
  return mask;
}

Attribute OnnxGraphBuilder::convertTensor(const onnx::TensorProto &tensor, UserError &error) {
  ElementsAttr value = tensors.read(tensor, "attribute tensor", error);
  // What tao has no type for is a matter of the operator; the importer reports it with everything else.
  if (!value && error.code == ErrorCode::UnsupportedType) {
    error = UserError();
    return frontend::UnsupportedAttr::get(builder.getContext(), "tensor of " + getDataTypeName(tensor.data_type()));
  }
  return value;
}

Attribute OnnxGraphBuilder::convert(const AttributeProto &attribute, UserError &error) {
  MLIRContext *context = builder.getContext();
  if (getSetFields(attribute) & ~(1u << attribute.type())) {
    error.code = ErrorCode::BadNode;
    error.reason = "attribute '" + attribute.name() + "' " +
                   (attribute.type() == AttributeProto::UNDEFINED ? "does not say which type it has"
                                                                  : "has a value of another type than it says");
    return nullptr;
  }
  SmallVector<Attribute> list;
  auto number = [&](float value) { return builder.getF32FloatAttr(value); };
  switch (attribute.type()) {
  case AttributeProto::FLOAT:
    return number(attribute.f());
  case AttributeProto::INT:
    return builder.getI64IntegerAttr(attribute.i());
  case AttributeProto::STRING:
    return builder.getStringAttr(attribute.s());
  case AttributeProto::FLOATS:
    for (float value : attribute.floats())
      list.push_back(number(value));
    return builder.getArrayAttr(list);
  case AttributeProto::INTS:
    for (int64_t value : attribute.ints())
      list.push_back(builder.getI64IntegerAttr(value));
    return builder.getArrayAttr(list);
  case AttributeProto::STRINGS:
    for (const std::string &value : attribute.strings())
      list.push_back(builder.getStringAttr(value));
    return builder.getArrayAttr(list);
  case AttributeProto::TENSOR:
    return convertTensor(attribute.t(), error);
  case AttributeProto::TENSORS:
    for (const onnx::TensorProto &tensor : attribute.tensors()) {
      Attribute value = convertTensor(tensor, error);
      if (!value)
        return nullptr;
      list.push_back(value);
    }
    return builder.getArrayAttr(list);
  case AttributeProto::SPARSE_TENSOR:
  case AttributeProto::SPARSE_TENSORS:
    return frontend::UnsupportedAttr::get(context, "sparse tensor");
  case AttributeProto::TYPE_PROTO:
  case AttributeProto::TYPE_PROTOS:
    return frontend::UnsupportedAttr::get(context, "type");
  case AttributeProto::GRAPHS:
    return frontend::UnsupportedAttr::get(context, "list of graphs");
  default:
    error.code = ErrorCode::BadNode;
    error.reason = "attribute '" + attribute.name() + "' has no value";
    return nullptr;
  }
}

} // namespace tao
