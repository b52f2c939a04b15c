// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the front end's dialect and its structural checks.
#include "dialects/Frontend/FrontendDialect.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;

#include "dialects/Frontend/FrontendDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Frontend/FrontendAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Frontend/FrontendTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Frontend/FrontendOps.cpp.inc"

namespace tao::frontend {

void FrontendDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Frontend/FrontendAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Frontend/FrontendTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Frontend/FrontendOps.cpp.inc"
      >();
}

StringRef NodeOp::getDomain() {
  StringRef domain = getName().rsplit('.').first;
  return domain == kOnnxDomain ? StringRef() : domain;
}
StringRef NodeOp::getOperator() { return getName().rsplit('.').second; }
StringRef NodeOp::getDisplayName() { return getDomain().empty() ? getOperator() : getName(); }
std::string NodeOp::getNodeName() {
  auto location = dyn_cast<NameLoc>(getLoc());
  return location ? location.getName().str() : getDisplayName().str();
}

LogicalResult NodeOp::verify() {
  auto [domain, name] = getName().rsplit('.');
  if (domain.empty() || name.empty())
    return emitOpError() << "name '" << getName() << "' must be a domain, a dot and an operator";
  if (static_cast<int64_t>(getOpset()) < 1)
    return emitOpError() << "opset must be at least 1, is " << static_cast<int64_t>(getOpset());
  size_t names = getGraphNames() ? getGraphNames()->size() : 0;
  if (names != getGraphs().size())
    return emitOpError() << "has " << getGraphs().size() << " graphs but " << names << " graph names";
  for (auto [index, graph] : llvm::enumerate(getGraphs())) {
    if (!graph.hasOneBlock())
      return emitOpError() << "graph " << index << " must have one block";
    if (graph.front().empty() || !isa<YieldOp>(graph.front().back()))
      return emitOpError() << "graph " << index << " must end in frontend.yield";
  }
  return success();
}

} // namespace tao::frontend
