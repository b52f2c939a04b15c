// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See tao/Registration.h.
#include "compiler/include/tao/Registration.h"
#if __has_include("dialects/Check/CheckDialect.h")
#include "dialects/Check/CheckDialect.h"
#endif
#if __has_include("dialects/Frontend/FrontendDialect.h")
#include "dialects/Frontend/FrontendDialect.h"
#endif
#include "dialects/Rt/RtDialect.h"
#include "dialects/Stitch/StitchDialect.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#if __has_include("passes/codegen/Passes.h")
#include "passes/codegen/Passes.h"
#endif
#if __has_include("passes/contracts/Contracts.h")
#include "passes/contracts/Contracts.h"
#endif
#include "passes/fuse/Passes.h"
#include "passes/host/Passes.h"
#if __has_include("passes/import/CMakeLists.txt")
#include "passes/import/Passes.h"
#endif
#include "passes/schedule/Passes.h"
#if __has_include("passes/simplify/CMakeLists.txt")
#include "passes/simplify/Passes.h"
#endif

using namespace mlir;

namespace tao {

void registerDialects(DialectRegistry &registry) {
  registry.insert<TaoDialect, stitch::StitchDialect, rt::RtDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect,
                  scf::SCFDialect, vector::VectorDialect, cf::ControlFlowDialect, memref::MemRefDialect,
                  affine::AffineDialect, ub::UBDialect, LLVM::LLVMDialect>();
#if __has_include("dialects/Check/CheckDialect.h")
  registry.insert<check::CheckDialect>();
#endif
#if __has_include("dialects/Frontend/FrontendDialect.h")
  registry.insert<frontend::FrontendDialect>();
#endif
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void registerPasses() {
#if __has_include("passes/import/CMakeLists.txt")
  registerImportPasses();
#endif
#if __has_include("passes/simplify/CMakeLists.txt")
  registerSimplifyPasses();
#endif
  registerFusePasses();
  registerSchedulePasses();
#if __has_include("passes/codegen/Passes.h")
  registerCodegenPasses();
#endif
  registerHostPasses();
#if __has_include("passes/contracts/Contracts.h")
  registerContractPasses();
#endif
}

} // namespace tao
