// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report of all nodes that are not supported, grouped by operator, version and reason.
#ifndef TAO_PASSES_IMPORT_UNSUPPORTEDNODES_H
#define TAO_PASSES_IMPORT_UNSUPPORTEDNODES_H

#include "dialects/Frontend/FrontendDialect.h"
#include "passes/support/UserError.h"
#include <map>

namespace tao {

class UnsupportedNodes {
public:
  /// Notes a node. `since` is the version of the operator, 0 when that is not known.
  void add(frontend::NodeOp node, int64_t since, const std::string &reason);
  /// Adds one error with a table of everything noted, if there is anything.
  void report(ErrorList &errors) const;

private:
  struct Group {
    std::string op;
    int64_t since;
    std::string reason;
    std::string first; // the first node's name
    size_t count = 0;
  };
  std::vector<Group> groups; // in order of their first nodes
  std::map<std::tuple<std::string, int64_t, std::string>, size_t> index;
};

} // namespace tao
#endif
