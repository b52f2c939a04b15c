// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compiled model in memory, for running it in this process without a file.
#ifndef TAO_COMPILER_TARGET_CPU_JIT_H
#define TAO_COMPILER_TARGET_CPU_JIT_H

#include "passes/host/WeightPlan.h"
#include "passes/support/UserError.h"
#include "runtime/include/tao/model_abi.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include <memory>

namespace tao {

class JitImage {
public:
  virtual ~JitImage() = default;
  /// Valid as long as this object.
  virtual const tao_image *get() const = 0;

  /// Places the objects and the weights. `symbols` are the runtime's functions by name.
  static std::unique_ptr<JitImage> create(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects, const WeightPlan &weights,
                                          const llvm::StringMap<void *> &symbols, ErrorList &errors);
};

} // namespace tao
#endif
