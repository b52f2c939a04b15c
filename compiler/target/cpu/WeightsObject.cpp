// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See WeightsObject.h. The file is: header, weights, symbol table, two string tables, section headers.
#include "compiler/target/cpu/WeightsObject.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"

namespace tao {

using namespace llvm::ELF;

namespace {
enum Section : uint16_t { Null, Weights, Symbols, Strings, SectionNames, Stack, NumSections };

template <typename T> void writeStruct(llvm::raw_ostream &os, const T &value) {
  os.write(reinterpret_cast<const char *>(&value), sizeof(T));
}
} // namespace

void writeWeightsObject(const WeightPlan &plan, llvm::raw_ostream &os) {
  // Names, each found by its position in the text.
  const llvm::StringRef sectionNames("\0.tao.weights\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack\0", 57);
  const std::string symbolNames = '\0' + kWeightsSymbol.str() + '\0';
  auto nameOf = [&](llvm::StringRef name) { return static_cast<Elf64_Word>(sectionNames.find(name)); };

  const uint64_t weightsAt = kWeightBlobAlignment, weightsEnd = weightsAt + plan.bytes;
  const uint64_t symbolsAt = llvm::alignTo(weightsEnd, 8), symbolsSize = 2 * sizeof(Elf64_Sym);
  const uint64_t stringsAt = symbolsAt + symbolsSize, sectionNamesAt = stringsAt + symbolNames.size();
  const uint64_t headersAt = llvm::alignTo(sectionNamesAt + sectionNames.size(), 8);

  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ElfMagic, 4);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_shoff = headersAt;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = NumSections;
  header.e_shstrndx = SectionNames;
  writeStruct(os, header);

  os.write_zeros(weightsAt - sizeof(header));
  plan.forEachPiece([&](llvm::ArrayRef<char> piece) {
    os.write(piece.data(), piece.size());
    return true;
  });
  os.write_zeros(symbolsAt - weightsEnd);

  writeStruct(os, Elf64_Sym{});
  Elf64_Sym symbol = {};
  symbol.st_name = 1;
  symbol.setBindingAndType(STB_GLOBAL, STT_OBJECT);
  symbol.st_other = STV_HIDDEN;
  symbol.st_shndx = Weights;
  symbol.st_size = plan.bytes;
  writeStruct(os, symbol);
  os << symbolNames << sectionNames;
  os.write_zeros(headersAt - sectionNamesAt - sectionNames.size());

  auto section = [&](Elf64_Word name, Elf64_Word type, Elf64_Xword flags, uint64_t offset, uint64_t size,
                     uint64_t align, Elf64_Word link = 0, Elf64_Word info = 0, uint64_t entry = 0) {
    Elf64_Shdr shdr = {};
    shdr.sh_name = name;
    shdr.sh_type = type;
    shdr.sh_flags = flags;
    shdr.sh_offset = offset;
    shdr.sh_size = size;
    shdr.sh_addralign = align;
    shdr.sh_link = link;
    shdr.sh_info = info;
    shdr.sh_entsize = entry;
    writeStruct(os, shdr);
  };
  section(0, SHT_NULL, 0, 0, 0, 0);
  // Large: the linker keeps it out of the way of code that reaches its data by 32-bit offsets.
  section(nameOf(".tao.weights"), SHT_PROGBITS, SHF_ALLOC | SHF_X86_64_LARGE, weightsAt, plan.bytes,
          kWeightBlobAlignment);
  section(nameOf(".symtab"), SHT_SYMTAB, 0, symbolsAt, symbolsSize, 8, Strings, /*first global=*/1, sizeof(Elf64_Sym));
  section(nameOf(".strtab"), SHT_STRTAB, 0, stringsAt, symbolNames.size(), 1);
  section(nameOf(".shstrtab"), SHT_STRTAB, 0, sectionNamesAt, sectionNames.size(), 1);
  section(nameOf(".note.GNU-stack"), SHT_PROGBITS, 0, headersAt, 0, 1);
}

} // namespace tao
