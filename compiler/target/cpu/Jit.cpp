// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Jit.h. The objects are those that would be linked into model.so; JITLink takes the linker's place.
#include "compiler/target/cpu/Jit.h"
#include "llvm/ExecutionEngine/JITSymbol.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/Support/MemoryBuffer.h"
#include <sys/mman.h>

using namespace llvm;

namespace tao {

namespace {
/// Address space taken at once. Objects refer to each other by offsets of 32 bits, and what is mapped piece by piece
/// may lie further apart, as it does beside an address sanitizer.
constexpr size_t kReservedBytes = 256u << 20;

/// The weight blob in pages of its own.
class WeightBlob {
public:
  ~WeightBlob() {
    if (data)
      munmap(data, size);
  }
  bool fill(const WeightPlan &plan) {
    size = std::max<size_t>(plan.bytes, 1);
    void *pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
      return false;
    data = static_cast<char *>(pages);
    size_t position = 0;
    plan.forEachPiece([&](ArrayRef<char> piece) {
      if (!piece.empty())
        std::memcpy(data + position, piece.data(), piece.size());
      position += piece.size();
      return true;
    });
    return true;
  }
  char *get() const { return data; }

private:
  char *data = nullptr;
  size_t size = 0;
};

class OrcImage : public JitImage {
public:
  const tao_image *get() const override { return image; }
  Error build(ArrayRef<SmallVector<char, 0>> objects, const StringMap<void *> &symbols);
  WeightBlob weights;

private:
  std::unique_ptr<orc::LLJIT> jit;
  const tao_image *image = nullptr;
};

Error OrcImage::build(ArrayRef<SmallVector<char, 0>> objects, const StringMap<void *> &symbols) {
  auto memory = orc::MapperJITLinkMemoryManager::CreateWithMapper<orc::InProcessMemoryMapper>(kReservedBytes);
  if (!memory)
    return memory.takeError();
  auto process = orc::SelfExecutorProcessControl::Create(nullptr, nullptr, std::move(*memory));
  if (!process)
    return process.takeError();
  auto created = orc::LLJITBuilder().setExecutorProcessControl(std::move(*process)).create();
  if (!created)
    return created.takeError();
  jit = std::move(*created);
  orc::JITDylib &library = jit->getMainJITDylib();
  orc::SymbolMap absolute;
  auto define = [&](StringRef name, void *address) {
    absolute[jit->mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address), JITSymbolFlags::Exported};
  };
  for (const auto &symbol : symbols)
    define(symbol.getKey(), symbol.getValue());
  define(kWeightsSymbol, weights.get());
  if (Error error = library.define(orc::absoluteSymbols(std::move(absolute))))
    return error;
  // memcpy and the like come from this process.
  auto own = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(jit->getDataLayout().getGlobalPrefix());
  if (!own)
    return own.takeError();
  library.addGenerator(std::move(*own));
  for (const SmallVector<char, 0> &object : objects)
    if (Error error =
            jit->addObjectFile(MemoryBuffer::getMemBufferCopy(StringRef(object.data(), object.size()), "model")))
      return error;
  auto address = jit->lookup("tao_image_data");
  if (!address)
    return address.takeError();
  image = address->toPtr<const tao_image *>();
  return Error::success();
}
} // namespace

std::unique_ptr<JitImage> JitImage::create(ArrayRef<SmallVector<char, 0>> objects, const WeightPlan &weights,
                                           const StringMap<void *> &symbols, ErrorList &errors) {
  auto image = std::make_unique<OrcImage>();
  if (!image->weights.fill(weights)) {
    errors.add(ErrorCode::Internal, "no memory for " + std::to_string(weights.bytes) + " bytes of weights");
    return nullptr;
  }
  if (Error error = image->build(objects, symbols)) {
    errors.add(ErrorCode::Internal, "linking in memory failed: " + toString(std::move(error)));
    return nullptr;
  }
  return image;
}

} // namespace tao
