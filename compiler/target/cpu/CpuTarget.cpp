// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See CpuTarget.h.
#include "compiler/target/cpu/CpuTarget.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

namespace tao {

static constexpr struct {
  llvm::StringLiteral llvmName, cpuinfoName;
} kFeatures[] = {
#define TAO_CPU_FEATURE(llvmName, cpuinfoName) {llvmName, cpuinfoName},
#include "compiler/target/cpu/CpuFeatures.def"
};

std::optional<CpuTarget> CpuTarget::resolve(llvm::StringRef name) {
  CpuTarget target;
  llvm::StringMap<bool> has;
  if (name == "native") {
    target.cpu = llvm::sys::getHostCPUName().str();
    has = llvm::sys::getHostCPUFeatures();
  } else {
    if (llvm::X86::parseArchX86(name, /*Only64Bit=*/true) == llvm::X86::CK_None)
      return std::nullopt;
    target.cpu = name.str();
    llvm::SmallVector<llvm::StringRef> features;
    llvm::X86::getFeaturesForCPU(name, features);
    for (llvm::StringRef feature : features)
      has[feature] = true;
  }
  for (const auto &feature : kFeatures)
    if (has.lookup(feature.llvmName)) {
      target.features += (target.features.empty() ? "+" : ",+") + feature.llvmName.str();
      target.required += (target.required.empty() ? "" : ",") + feature.cpuinfoName.str();
    }
  bool wide = has.lookup("avx512f") && has.lookup("avx512bw") && has.lookup("avx512dq") && has.lookup("avx512vl");
  target.vectorBytes = wide ? 64 : has.lookup("avx2") && has.lookup("fma") ? 32 : 16;
  target.hasBf16 = has.lookup("avx512bf16");
  return target;
}

llvm::SmallVector<llvm::StringRef> CpuTarget::getNames() {
  llvm::SmallVector<llvm::StringRef> names = {"native"};
  llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  return names;
}

} // namespace tao
