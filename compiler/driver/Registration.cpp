// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See tao/Registration.h.
#include "compiler/include/tao/Registration.h"
#include "dialects/Check/CheckDialect.h"
#include "dialects/Frontend/FrontendDialect.h"
#include "dialects/Rt/RtDialect.h"
#include "dialects/Stitch/StitchDialect.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "passes/codegen/Passes.h"
#include "passes/contracts/Contracts.h"
#include "passes/fuse/Passes.h"
#include "passes/host/Passes.h"
#include "passes/import/Passes.h"
#include "passes/schedule/Passes.h"
#include "passes/simplify/Passes.h"

using namespace mlir;

namespace tao {

void registerDialects(DialectRegistry &registry) {
  registry.insert<check::CheckDialect, frontend::FrontendDialect, TaoDialect, stitch::StitchDialect, rt::RtDialect,
                  func::FuncDialect, arith::ArithDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  cf::ControlFlowDialect, gpu::GPUDialect, NVVM::NVVMDialect, memref::MemRefDialect,
                  affine::AffineDialect, ub::UBDialect, LLVM::LLVMDialect>();
  // convert-gpu-to-nvvm asks the dialects for their patterns.
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
}

void registerPasses() {
  registerImportPasses();
  registerSimplifyPasses();
  registerFusePasses();
  registerSchedulePasses();
  registerCodegenPasses();
  registerHostPasses();
  registerContractPasses();
}

} // namespace tao
