// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of what is not supported; see UnsupportedNodes.h.
#include "passes/import/UnsupportedNodes.h"
#include "llvm/ADT/StringSet.h"

namespace tao {

void UnsupportedNodes::add(frontend::NodeOp node, int64_t since, const std::string &reason) {
  std::string op = node.getDisplayName().str();
  auto [place, isNew] = index.try_emplace({op, since, reason}, groups.size());
  if (isNew) {
    groups.push_back({op, since, reason, node.getNodeName()});
  }
  ++groups[place->second].count;
}

static std::string counted(size_t count, llvm::StringRef noun) {
  return std::to_string(count) + " " + noun.str() + (count == 1 ? "" : "s");
}

void UnsupportedNodes::report(ErrorList &errors) const {
  if (groups.empty())
    return;
  llvm::StringSet<> operators;
  size_t nodes = 0, opWidth = 0, sinceWidth = 0, countWidth = 0, firstWidth = 0;
  auto sinceText = [](const Group &group) { return group.since ? "since " + std::to_string(group.since) : ""; };
  auto firstText = [](const Group &group) { return "first: '" + group.first + "'"; };
  for (const Group &group : groups) {
    operators.insert(group.op);
    nodes += group.count;
    opWidth = std::max(opWidth, group.op.size());
    sinceWidth = std::max(sinceWidth, sinceText(group).size());
    countWidth = std::max(countWidth, counted(group.count, "node").size());
    firstWidth = std::max(firstWidth, firstText(group).size());
  }
  UserError error;
  error.code = ErrorCode::Unsupported;
  error.reason = counted(operators.size(), "operator") + " (" + counted(nodes, "node") + ") " +
                 (operators.size() == 1 ? "is" : "are") + " not supported";
  auto column = [](std::string text, size_t width) {
    text.resize(std::max(text.size(), width) + 3, ' ');
    return text;
  };
  for (const Group &group : groups)
    error.details.push_back(
        column(group.op, opWidth) + (sinceWidth ? column(sinceText(group), sinceWidth) : std::string()) +
        column(counted(group.count, "node"), countWidth) + column(firstText(group), firstWidth) + group.reason);
  for (const Group &group : groups) {
    UserError part;
    part.reason = "not supported: " + group.reason;
    part.node = group.first;
    part.op = group.op;
    part.opset = group.since;
    if (group.count > 1)
      part.details.push_back(counted(group.count, "node") + " of this kind, of which this is the first");
    error.parts.push_back(std::move(part));
  }
  errors.add(std::move(error));
}

} // namespace tao
