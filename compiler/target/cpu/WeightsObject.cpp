// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See WeightsObject.h. The object is: header, weights, symbol table, two string tables, section headers.
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

void writeWeightsObject(const WeightPlan &plan, bool withBytes, llvm::raw_ostream &os) {
  // Names, each found by its position in the text.
  const llvm::StringRef sectionNames("\0.tao.weights\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack\0", 57);
  const std::string symbolNames = '\0' + kWeightsSymbol.str() + '\0';
  auto nameOf = [&](llvm::StringRef name) { return static_cast<Elf64_Word>(sectionNames.find(name)); };

  const uint64_t weightsAt = kWeightBlobAlignment, weightsEnd = weightsAt + (withBytes ? plan.bytes : 0);
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
  if (withBytes)
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
  section(nameOf(".tao.weights"), withBytes ? SHT_PROGBITS : SHT_NOBITS, SHF_ALLOC | SHF_X86_64_LARGE, weightsAt,
          plan.bytes, kWeightBlobAlignment);
  section(nameOf(".symtab"), SHT_SYMTAB, 0, symbolsAt, symbolsSize, 8, Strings, /*first global=*/1, sizeof(Elf64_Sym));
  section(nameOf(".strtab"), SHT_STRTAB, 0, stringsAt, symbolNames.size(), 1);
  section(nameOf(".shstrtab"), SHT_STRTAB, 0, sectionNamesAt, sectionNames.size(), 1);
  section(nameOf(".note.GNU-stack"), SHT_PROGBITS, 0, headersAt, 0, 1);
}

std::optional<uint64_t> placeWeights(llvm::MutableArrayRef<char> library, const WeightPlan &plan) {
  // The linker is trusted to write a whole file, not to lay it out as expected.
  if (library.size() < sizeof(Elf64_Ehdr))
    return std::nullopt;
  auto *header = reinterpret_cast<Elf64_Ehdr *>(library.data());
  if (header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr) > library.size() ||
      header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr) > library.size() || header->e_shstrndx >= header->e_shnum)
    return std::nullopt;
  llvm::MutableArrayRef sections(reinterpret_cast<Elf64_Shdr *>(library.data() + header->e_shoff), header->e_shnum);
  llvm::MutableArrayRef segments(reinterpret_cast<Elf64_Phdr *>(library.data() + header->e_phoff), header->e_phnum);
  const Elf64_Shdr &names = sections[header->e_shstrndx];
  auto isWeights = [&](const Elf64_Shdr &section) {
    uint64_t at = names.sh_offset + section.sh_name;
    return at < library.size() &&
           llvm::StringRef(library.data() + at, library.size() - at).starts_with({".tao.weights\0", 13});
  };
  auto section = llvm::find_if(sections, isWeights);
  if (section == sections.end())
    return 0;
  auto segment = llvm::find_if(segments, [&](const Elf64_Phdr &segment) {
    return segment.p_type == PT_LOAD && segment.p_vaddr == section->sh_addr;
  });
  auto bytes = static_cast<uint64_t>(plan.bytes);
  if (section->sh_type != SHT_NOBITS || section->sh_size != bytes || segment == segments.end() ||
      segment->p_filesz != 0 || segment->p_memsz != bytes || segment->p_flags != PF_R)
    return std::nullopt;
  uint64_t alignment = std::max<uint64_t>(segment->p_align, kWeightBlobAlignment);
  uint64_t offset = llvm::alignTo(library.size(), alignment) + segment->p_vaddr % alignment;
  section->sh_type = SHT_PROGBITS;
  section->sh_offset = segment->p_offset = offset;
  segment->p_filesz = bytes;
  return offset;
}

} // namespace tao
