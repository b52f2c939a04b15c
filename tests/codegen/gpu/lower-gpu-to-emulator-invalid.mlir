// RUN: tao-opt %s -lower-gpu-to-emulator -split-input-file -verify-diagnostics

// The emulator's interface has no call for these: silence would be a wrong number.
gpu.module @sums {
  gpu.func @sums(%to: !llvm.ptr<1>, %value: i32) kernel {
    // expected-error @+1 {{has no form in the emulator}}
    %0 = llvm.atomicrmw add %to, %value monotonic : !llvm.ptr<1>, i32
    gpu.return
  }
}

// -----

gpu.module @vectors {
  gpu.func @vectors(%from: !llvm.ptr<1>) kernel {
    // expected-error @+1 {{has no form in the emulator}}
    %0 = llvm.load %from : !llvm.ptr<1> -> vector<4xf32>
    gpu.return
  }
}

// -----

gpu.module @wide {
  gpu.func @wide(%value: f64) kernel {
    %offset = arith.constant 1 : i32
    %width = arith.constant 32 : i32
    // expected-error @+1 {{has no form in the emulator}}
    %0, %1 = gpu.shuffle xor %value, %offset, %width : f64
    gpu.return
  }
}

// -----

gpu.module @votes {
  gpu.func @votes(%value: i32) kernel {
    // expected-error @+1 {{has no form in the emulator}}
    %0 = gpu.subgroup_reduce add %value : (i32) -> i32
    gpu.return
  }
}
