// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of the image that describes GPU kernels: tao_gpu_image of model_abi.h. Their code is made later, so the
// image refers to its table by name; whoever links the image defines it.
#ifndef TAO_PASSES_HOST_GPUIMAGE_H
#define TAO_PASSES_HOST_GPUIMAGE_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/host/ImageData.h"

namespace tao {

/// The tao_gpu_code_table.
inline constexpr llvm::StringLiteral kGpuCodeSymbol = "tao_gpu_code_data";

/// All kernels for GPUs in a module, numbered in its order. emitGpuCode gives them code by the same numbers.
class GpuImage {
public:
  GpuImage(mlir::ModuleOp module, ImageBuilder &image);

  /// The number of a kernel; nullopt when there is none of this name for GPUs.
  std::optional<int32_t> find(llvm::StringRef kernel) const;
  /// The address of the tao_gpu_image; null when there are no kernels for GPUs.
  Datum emit(bool hasCpuSteps);

private:
  Datum describe(mlir::gpu::GPUModuleOp kernel);

  mlir::ModuleOp module;
  ImageBuilder &image;
  std::vector<mlir::gpu::GPUModuleOp> kernels;
  llvm::StringMap<int32_t> numbers;
};

/// What code there is for a kernel: a cubin, or PTX.
struct GpuCode {
  int32_t kernel; // number as of GpuImage
  int32_t arch;   // 80 for sm_80
  bool isPtx;
  llvm::StringRef bytes;
};

/// Defines the table of code at the end of a module that has an image.
void defineGpuCode(mlir::ModuleOp module, llvm::ArrayRef<GpuCode> codes);

} // namespace tao
#endif
