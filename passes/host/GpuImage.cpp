// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GpuImage.h.
#include "passes/host/GpuImage.h"
#include "passes/fuse/KernelName.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tao {

GpuImage::GpuImage(ModuleOp module, ImageBuilder &image) : module(module), image(image) {
  for (auto kernel : module.getOps<gpu::GPUModuleOp>()) {
    numbers[kernel.getName()] = static_cast<int32_t>(kernels.size());
    kernels.push_back(kernel);
  }
}

std::optional<int32_t> GpuImage::find(StringRef kernel) const {
  auto it = numbers.find(kernel);
  return it == numbers.end() ? std::nullopt : std::optional(it->second);
}

/// What a location says of the model: the nodes it is of.
static std::string getText(Location loc) {
  std::string text = llvm::join(sourceNodes(loc), ", ");
  if (!text.empty())
    return "node " + text;
  if (auto file = loc->findInstanceOf<FileLineColLoc>())
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
  return "";
}

Datum GpuImage::describe(gpu::GPUModuleOp kernel) {
  auto function = *kernel.getOps<LLVM::LLVMFuncOp>().begin();
  auto number = [&](StringRef name) { return image.integer(kernel->getAttrOfType<IntegerAttr>(name).getInt()); };
  std::vector<Datum> sites, slots;
  Datum emulated = image.null();
  if (auto attr = kernel->getAttrOfType<FlatSymbolRefAttr>("emulated")) {
    emulated = image.address(attr.getValue());
    auto twin = module.lookupSymbol<LLVM::LLVMFuncOp>(attr.getValue());
    for (auto where : twin->getAttrOfType<ArrayAttr>("sites").getAsRange<LocationAttr>())
      sites.push_back(image.string(getText(where)));
    for (auto slot : twin->getAttrOfType<ArrayAttr>("slots").getAsRange<DictionaryAttr>()) {
      auto number = [&](StringRef name) { return image.integer(slot.getAs<IntegerAttr>(name).getInt(), 64); };
      std::string name = getText(slot.getAs<LocationAttr>("of"));
      slots.push_back(image.record("tao_gpu_slot", {number("offset"), number("bytes"), image.string(name)}));
    }
  }
  int64_t numSites = sites.size(), numSlots = slots.size();
  return image.record("tao_gpu_kernel",
                      {image.string(function.getName()), number("threads"), number("shared"), number("asks_for_shared"),
                       image.integer(numSites), image.integer(numSlots), emulated, image.addresses(std::move(sites)),
                       image.records("tao_gpu_slot", std::move(slots))});
}

Datum GpuImage::emit(bool hasCpuSteps) {
  if (kernels.empty())
    return image.null();
  std::vector<Datum> records;
  for (gpu::GPUModuleOp kernel : kernels)
    records.push_back(describe(kernel));
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto table = LLVM::GlobalOp::create(b, module.getLoc(), getAbiStruct(b.getContext(), "tao_gpu_code_table"),
                                      /*isConstant=*/true, LLVM::Linkage::External, kGpuCodeSymbol, Attribute());
  table.setVisibility_(LLVM::Visibility::Hidden);
  image.global("host.gpu", image.record("tao_gpu_image", {image.integer(kernels.size()), image.integer(hasCpuSteps),
                                                          image.records("tao_gpu_kernel", std::move(records)),
                                                          image.address(kGpuCodeSymbol)}));
  return image.address("host.gpu");
}

void defineGpuCode(ModuleOp module, ArrayRef<GpuCode> codes) {
  auto declared = module.lookupSymbol<LLVM::GlobalOp>(kGpuCodeSymbol);
  if (!declared)
    return;
  declared.erase();
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  ImageBuilder image(module, module.getLoc(), "gpu");
  std::vector<Datum> records;
  for (auto [i, code] : llvm::enumerate(codes)) {
    std::string name = "gpu.code." + std::to_string(i);
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), code.bytes.size());
    LLVM::GlobalOp::create(b, module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
                           b.getStringAttr(code.bytes), /*alignment=*/16);
    records.push_back(
        image.record("tao_gpu_code", {image.integer(code.kernel), image.integer(code.arch), image.integer(code.isPtx),
                                      image.integer(code.bytes.size(), 64), image.address(name)}));
  }
  int64_t numCodes = records.size();
  LLVM::GlobalOp table = image.global(
      kGpuCodeSymbol, image.record("tao_gpu_code_table",
                                   {image.integer(numCodes, 64), image.records("tao_gpu_code", std::move(records))}));
  table.setLinkage(LLVM::Linkage::External);
  table.setVisibility_(LLVM::Visibility::Hidden);
}

} // namespace tao
