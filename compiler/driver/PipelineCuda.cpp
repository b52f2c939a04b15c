// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the phases do besides with --target=cuda: options, limits, and kernels as text, as cubins, or inside a model.
#include "compiler/driver/Pipeline.h"
#include "compiler/report/KernelUsage.h"
#include "compiler/target/cpu/EmitObject.h"
#include "compiler/target/cpu/Link.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/stitch/Arch.h"
#include "passes/host/GpuImage.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace tao {

/// Every newer part runs what is made for this one.
StringRef Pipeline::getDefaultGpu() { return "sm_80"; }

/// 80 for sm_80.
static int32_t getNumber(StringRef arch) {
  int32_t number = 0;
  arch.drop_front(StringRef("sm_").size()).getAsInteger(10, number);
  return number;
}

void Pipeline::prepareCuda() {
  for (StringRef name : splitList(options.arch.empty() ? StringRef(getDefaultGpu()) : StringRef(options.arch))) {
    const Arch *arch = findArch(name);
    if (!arch || !arch->isGpu())
      errors.add(ErrorCode::Usage, "unknown GPU architecture '" + name.str() + "'",
                 "known are " + llvm::join(getGpuArchs(), ", "));
    else if (llvm::is_contained(gpus, name))
      errors.add(ErrorCode::Usage, "architecture '" + name.str() + "' is given twice");
    else
      gpus.push_back(name.str());
  }
  if (gpus.empty() && errors.empty())
    errors.add(ErrorCode::Usage, "--arch=" + options.arch + " names no architecture",
               "known are " + llvm::join(getGpuArchs(), ", "));
  // Neither the phases before the last nor what the emulator runs need a toolkit.
  if (!errors.empty() || chooseLast() <= Phase::host || writesEmulation() || (isInMemory && options.emulate))
    return;
  toolkit = CudaToolkit::find(options.cudaPath, errors);
  for (const std::string &name : gpus)
    if (toolkit && !toolkit->supports(name))
      errors.add(ErrorCode::Usage, "'" + toolkit->ptxas + "' does not assemble for " + name,
                 "it does for " + llvm::join(toolkit->archs, ", "));
}

/// Plans are within the limits of the first architecture; the others must be able to follow them.
bool Pipeline::checkShared() {
  for (auto kernel : module->getOps<stitch::KernelOp>())
    for (const std::string &name : gpus) {
      int64_t needed = kernel.getScratch(), limit = findArch(name)->shared_per_block;
      if (needed > limit)
        errors.add(ErrorCode::NoGpuCode,
                   "the kernel " + kernel.getSymName().str() + " needs " + std::to_string(needed) +
                       " bytes of shared memory, and a block of " + name + " has " + std::to_string(limit),
                   "name the part with the least memory first in --arch");
    }
  return errors.empty();
}

/// The kernels as text, or as a cubin for each of them and each architecture.
bool Pipeline::linkKernels() {
  if (writesEmulation()) {
    for (auto kernel : llvm::make_early_inc_range(module->getOps<gpu::GPUModuleOp>()))
      kernel.erase();
    return writeText();
  }
  if (options.emit == "llvm" || options.emit == "asm") {
    std::string text;
    for (auto kernel : module->getOps<gpu::GPUModuleOp>()) {
      std::string one = options.emit == "llvm" ? emitGpuLlvm(kernel, gpus.front(), *toolkit)
                                               : emitPtx(kernel, gpus.front(), *toolkit);
      if (one.empty())
        return false;
      text += one;
    }
    return writeText(text);
  }
  if (!assembleKernels())
    return false;
  return llvm::all_of(cubins, [&](const Cubin &cubin) { return writeCubin(cubin); });
}

/// The PTX of each kernel, and a cubin of it for each architecture.
bool Pipeline::assembleKernels() {
  PartTimer timer(progress, "kernels for GPUs");
  // PTX of the oldest architecture is what all of them run, and newer ones; the assembler makes the difference.
  oldestGpu = *llvm::min_element(gpus, [](StringRef x, StringRef y) { return getNumber(x) < getNumber(y); });
  ptx.clear();
  std::vector<AssemblyJob> jobs;
  for (auto kernel : module->getOps<gpu::GPUModuleOp>()) {
    ptx.push_back(emitPtx(kernel, oldestGpu, *toolkit));
    if (ptx.back().empty())
      return false;
    for (const std::string &arch : gpus)
      jobs.push_back({kernel.getName().str(), arch, ptx.size() - 1});
  }
  cubins = assemble(jobs, ptx, *toolkit, errors);
  if (!errors.empty())
    return false;
  if (options.explain.empty())
    return true;
  std::vector<KernelUsage> usage;
  const Cubin *cubin = cubins.data();
  for (auto kernel : module->getOps<gpu::GPUModuleOp>()) {
    auto number = [&](StringRef name) {
      auto attr = kernel->getAttrOfType<IntegerAttr>(name);
      return attr ? attr.getInt() : 0;
    };
    int64_t threads = number("threads");
    for (size_t i = 0; i < gpus.size(); ++i, ++cubin) {
      const Arch &arch = *findArch(cubin->arch);
      // The assembler leaves out what is not used.
      int64_t shared = number("asks_for_shared") ? number("shared") : cubin->shared;
      usage.push_back({cubin->kernel, cubin->arch, cubin->registers, cubin->spills, shared,
                       countBlocks(arch, threads, cubin->registers, shared),
                       countBlocks(arch, threads, number("registers"), shared)});
    }
  }
  explainUsage(usage, out);
  return true;
}

/// Has the model hold its kernels for GPUs as data. In memory they may be absent: what the emulator runs is there.
bool Pipeline::embedKernels() {
  if (toolkit && !assembleKernels())
    return false;
  std::vector<GpuCode> codes;
  for (auto [number, text] : llvm::enumerate(ptx)) {
    auto first = codes.end() - codes.begin();
    for (const Cubin &cubin : ArrayRef(cubins).slice(number * gpus.size(), gpus.size()))
      codes.push_back({static_cast<int32_t>(number), getNumber(cubin.arch), /*isPtx=*/false,
                       StringRef(cubin.code.data(), cubin.code.size())});
    std::sort(codes.begin() + first, codes.end(), [](const GpuCode &x, const GpuCode &y) { return x.arch < y.arch; });
    codes.push_back(
        {static_cast<int32_t>(number), getNumber(oldestGpu), /*isPtx=*/true, StringRef(text.c_str(), text.size() + 1)});
  }
  defineGpuCode(*module, codes);
  for (auto kernel : llvm::make_early_inc_range(module->getOps<gpu::GPUModuleOp>()))
    kernel.erase();
  return true;
}

bool Pipeline::writeCubin(const Cubin &cubin) {
  if (options.output.empty())
    return true;
  if (std::error_code code = llvm::sys::fs::create_directories(options.output)) {
    errors.add(ErrorCode::CannotWrite, "cannot create '" + options.output + "': " + code.message());
    return false;
  }
  std::string name = cubin.kernel;
  for (char &c : name)
    if (!llvm::isAlnum(c) && c != '.')
      c = '_';
  SmallString<128> path(options.output);
  llvm::sys::path::append(path, name + "." + cubin.arch + ".cubin");
  return writeFileAtomically(
      path, [&](llvm::raw_ostream &os) { os.write(cubin.code.data(), cubin.code.size()); }, errors);
}

} // namespace tao
