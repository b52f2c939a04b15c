// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --verify-contract=phase=simplify
// RUN: not tao-opt %s --verify-contract=phase=fuse 2>&1 | FileCheck %s --check-prefix=FUSE
// RUN: not tao-opt %s --verify-contract=phase=host 2>&1 | FileCheck %s --check-prefix=HOST
// RUN: tao-opt %s --verify-contract=phase=link

// FUSE: error: 'tao.exp' may not remain in 'func.func' after phase fuse
// HOST: error: 'func.func' may not remain in 'builtin.module' after phase host
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tao.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
