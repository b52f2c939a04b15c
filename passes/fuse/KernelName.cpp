// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See KernelName.h.
#include "passes/fuse/KernelName.h"
#include "passes/fuse/PostOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tao {

static void collectNodes(LocationAttr loc, llvm::SetVector<StringRef> &nodes) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    if (!name.getName().empty())
      nodes.insert(name.getName().getValue());
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectNodes(part, nodes);
  } else if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    collectNodes(call.getCallee(), nodes);
  }
}

SmallVector<StringRef> sourceNodes(Location loc) {
  llvm::SetVector<StringRef> nodes;
  collectNodes(loc, nodes);
  return llvm::to_vector(nodes);
}

SmallVector<StringRef> sourceNodes(Operation *op) {
  auto group = dyn_cast<stitch::GroupOp>(op);
  if (!group)
    return sourceNodes(op->getLoc());
  llvm::SetVector<StringRef> nodes;
  for (Operation &inner : group.getBody().front().without_terminator())
    if (!isa<ConstantOp>(inner))
      collectNodes(inner.getLoc(), nodes);
  return llvm::to_vector(nodes);
}

std::string getMnemonic(Operation *op) {
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return ("reduce_" + stringifyReduceKind(reduce.getKind())).str();
  if (auto reduce = dyn_cast<ArgReduceOp>(op))
    return ("arg_" + stringifyReduceKind(reduce.getKind())).str();
  if (auto reduce = dyn_cast<ReduceWindowOp>(op))
    return ("window_" + stringifyReduceKind(reduce.getKind())).str();
  if (auto routine = dyn_cast<RoutineOp>(op))
    return stringifyRoutineKind(routine.getKind()).str();
  return op->getName().stripDialect().str();
}

namespace {
/// Lower case letters and digits; anything else becomes one '_', none at the ends.
std::string sanitize(StringRef text) {
  std::string out;
  for (char c : text) {
    if (llvm::isAlnum(c))
      out += llvm::toLower(c);
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (!out.empty() && out.back() == '_')
    out.pop_back();
  return out;
}

/// The op a kernel is known by: its contraction, else its first reduction, else its last result.
Operation *getLeader(stitch::GroupOp group) {
  Operation *leader = nullptr;
  for (Operation &op : group.getBody().front().without_terminator()) {
    auto interface = dyn_cast<IndexMapOpInterface>(op);
    if (!interface)
      continue;
    if (interface.getOpClass() == OpClass::Contraction)
      return &op;
    if (interface.getOpClass() == OpClass::Reduction && !leader)
      leader = &op;
  }
  return leader ? leader : group.getBody().front().getTerminator()->getOperands().back().getDefiningOp();
}
} // namespace

std::string kernelName(stitch::GroupOp group) {
  constexpr size_t maxParts = 4, maxLength = 80;
  Operation *leader = getLeader(group);
  if (!leader)
    return "kernel"; // a group that verify-groups refuses
  llvm::SetVector<StringRef> parts;
  std::string first = getMnemonic(leader);
  parts.insert(first);
  std::vector<std::string> names;
  if (auto chain = analyzePostOps(group)) {
    for (const PostOp &post : chain->ops)
      names.push_back(getPostOpName(post.kind).str());
  } else {
    // From the results backwards: what comes last says most about a kernel. Movement says something only alone.
    for (Operation &op : llvm::reverse(group.getBody().front().without_terminator()))
      if (isElementwise(&op) && &op != leader)
        names.push_back(getMnemonic(&op));
  }
  for (const std::string &name : names)
    if (parts.size() < maxParts)
      parts.insert(name);
  std::string name = llvm::join(parts, "_");
  SmallVector<StringRef> nodes = sourceNodes(leader);
  std::string node = nodes.empty() ? "" : sanitize(nodes.front());
  // The end of a path tells more than its beginning.
  if (size_t room = maxLength - 2 - std::min(name.size(), maxLength - 2); node.size() > room)
    node = sanitize(StringRef(node).take_back(room));
  return node.empty() ? name : name + "__" + node;
}

} // namespace tao
