// RUN: tao-opt %s -lower-kernels-to-gpu -split-input-file -verify-diagnostics

// expected-error @+1 {{has no threads, so it is no kernel for GPUs}}
stitch.kernel @none() attributes {plan = #stitch.plan<{kind = "memory", planner = "none", regions = [], version = 1 : i64}>,
    sizes = [], num_reads = 0 : i64, failures = []} {
  stitch.yield
}

// -----

stitch.kernel @lanes() attributes {plan = #stitch.plan<{kind = "memory", planner = "none", regions = [], version = 1 : i64}>,
    sizes = [], num_reads = 0 : i64, failures = [], threads = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  // expected-error @+1 {{is a loop over lanes, which only CPUs have}}
  stitch.foreach lane %c0 to %c8 width 8 {
  ^bb0(%i: index):
    stitch.yield
  }
}
