// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case per rule of the contract after phase fuse.
// RUN: tao-opt %s -split-input-file -verify-groups -verify-diagnostics -o /dev/null

// expected-error @+2 {{op is in no group}}
func.func @outside(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tao.neg %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Constants, views and assumptions may be outside.
func.func @legal(%x: tensor<4xf32>) -> (tensor<2x2xf32>, tensor<2xf32>) {
  tao.assume "4", "4", "always"
  %c = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = tao.reshape %x : tensor<4xf32> -> tensor<2x2xf32>
  return %r, %c : tensor<2x2xf32>, tensor<2xf32>
}

// -----

func.func @library(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{library group must be one routine, or one contraction followed by post-ops}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "library", regions = []}> : (tensor<4xf32>) -> tensor<4xf32> {
    %n = tao.neg %a : tensor<4xf32>
    stitch.yield %n : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @post_op(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>) -> tensor<8x6xf32> {
  // expected-error @+1 {{library group must be one routine, or one contraction followed by post-ops}}
  %0 = stitch.group(%a = %x, %b = %w) plan <{version = 1, planner = "none", kind = "library", regions = []}> : (tensor<8x4xf32>, tensor<4x6xf32>) -> tensor<8x6xf32> {
    %c = tao.contract %a, %b maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
    %s = tao.sin %c : tensor<8x6xf32>
    stitch.yield %s : tensor<8x6xf32>
  }
  return %0 : tensor<8x6xf32>
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @contraction(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>) -> tensor<8x6xf32> {
  %0 = stitch.group(%a = %x, %b = %w) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<8x4xf32>, tensor<4x6xf32>) -> tensor<8x6xf32> {
    // expected-error @+1 {{op cannot be in a memory group}}
    %c = tao.contract %a, %b maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
    stitch.yield %c : tensor<8x6xf32>
  }
  return %0 : tensor<8x6xf32>
}

// -----

func.func @no_result(%x: tensor<4xf32>) {
  // expected-error @+1 {{memory group must have a result}}
  stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>) -> () {
    stitch.yield
  }
  return
}

// -----

func.func @nothing(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{memory group must compute its results}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{memory group yields a value twice}}
  %0:2 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    %n = tao.neg %a : tensor<4xf32>
    stitch.yield %n, %n : tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<4xf32>
}

// -----

func.func @dead(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>) -> tensor<4xf32> {
    // expected-error @+1 {{dead op in a group}}
    %d = tao.exp %a : tensor<4xf32>
    %n = tao.neg %a : tensor<4xf32>
    stitch.yield %n : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @table(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<2xf32>) -> tensor<2xf32> {
    // expected-error @+1 {{only splat constants may be in a group}}
    %c = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %n = tao.add %a, %c : tensor<2xf32>
    stitch.yield %n : tensor<2xf32>
  }
  return %0 : tensor<2xf32>
}

// -----

func.func @merging(%x: tensor<4x2xf32>) -> tensor<8xf32> {
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4x2xf32>) -> tensor<8xf32> {
    // expected-error @+1 {{a reshape that merges dims must be outside groups}}
    %r = tao.reshape %a : tensor<4x2xf32> -> tensor<8xf32>
    %n = tao.neg %r : tensor<8xf32>
    stitch.yield %n : tensor<8xf32>
  }
  return %0 : tensor<8xf32>
}

// -----

func.func @reduction_inside(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4x8xf32>) -> tensor<4xf32> {
    // expected-error @+1 {{a reduction must be a result of its group that nothing in the group reads}}
    %r = tao.reduce sum %a dims [1] : tensor<4x8xf32> -> tensor<4xf32>
    %n = tao.neg %r : tensor<4xf32>
    stitch.yield %n : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @spaces(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8x4xf32>) {
  // expected-error @+1 {{results of a memory group must share one iteration space}}
  %0:2 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8x4xf32>) {
    %n = tao.neg %a : tensor<4x8xf32>
    %t = tao.transpose %a perm [1, 0] : tensor<4x8xf32> -> tensor<8x4xf32>
    stitch.yield %n, %t : tensor<4x8xf32>, tensor<8x4xf32>
  }
  return %0#0, %0#1 : tensor<4x8xf32>, tensor<8x4xf32>
}

// -----

func.func @column_sum(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>) {
  // expected-error @+1 {{results of a memory group must share one iteration space}}
  %0:2 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>) {
    %n = tao.neg %a : tensor<4x8xf32>
    %t = tao.reduce sum %n dims [0] : tensor<4x8xf32> -> tensor<8xf32>
    stitch.yield %n, %t : tensor<4x8xf32>, tensor<8xf32>
  }
  return %0#0, %0#1 : tensor<4x8xf32>, tensor<8xf32>
}

// -----

func.func @online_without_products(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{online group must be two products with a softmax between}}
  %0 = stitch.group(%a = %x) plan <{cols = 4, kind = "online", planner = "stitch", regions = [], rows = 4, version = 1}> : (tensor<4xf32>) -> tensor<4xf32> {
    %y = tao.exp %a : tensor<4xf32>
    stitch.yield %y : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
