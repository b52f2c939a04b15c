// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loading model.so. The file is looked at before dlopen: the dynamic linker maps what the headers promise, and a file
// that ends early would be found out by a signal.
#include "tao/runtime.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

struct tao_model {
  void *library;
  const tao_model_table *table;
};

namespace {

class Message {
public:
  Message(char *text, size_t bytes) : text(text), bytes(text ? bytes : 0) {}
  __attribute__((format(printf, 3, 4))) tao_load_status set(tao_load_status status, const char *format, ...) const {
    if (bytes == 0)
      return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, bytes, format, arguments);
    va_end(arguments);
    return status;
  }

private:
  char *text;
  size_t bytes;
};

/// Reads all of [offset, offset + bytes); false when the file ends before.
bool readAt(int fd, void *to, size_t bytes, uint64_t offset) {
  auto *next = static_cast<char *>(to);
  while (bytes > 0) {
    ssize_t got = pread(fd, next, bytes, off_t(offset));
    if (got <= 0)
      return false;
    next += got;
    offset += uint64_t(got);
    bytes -= size_t(got);
  }
  return true;
}

/// Checks that the file is a shared library of this machine and holds all that its headers promise.
tao_load_status checkFile(int fd, const char *path, const Message &message) {
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    return message.set(TAO_LOAD_UNREADABLE, "'%s' is not a file", path);
  auto size = uint64_t(status.st_size);
  if (size == 0)
    return message.set(TAO_LOAD_NOT_A_MODEL, "'%s' is empty", path);
  Elf64_Ehdr header;
  if (!readAt(fd, &header, sizeof(header), 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return message.set(TAO_LOAD_NOT_A_MODEL, "'%s' is not a shared library", path);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64 || header.e_type != ET_DYN)
    return message.set(TAO_LOAD_NOT_A_MODEL, "'%s' is not a shared library for x86-64", path);
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  bool whole = header.e_phentsize == sizeof(Elf64_Phdr) &&
               readAt(fd, segments.data(), segments.size() * sizeof(Elf64_Phdr), header.e_phoff);
  for (const Elf64_Phdr &segment : segments)
    whole = whole && segment.p_offset <= size && segment.p_filesz <= size - segment.p_offset;
  if (!whole)
    return message.set(TAO_LOAD_NOT_A_MODEL, "'%s' is truncated", path);
  return TAO_LOAD_OK;
}

} // namespace

extern "C" {

tao_load_status tao_model_load(const char *path, tao_model **model, char *text, size_t bytes) {
  Message message(text, bytes);
  *model = nullptr;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return message.set(TAO_LOAD_UNREADABLE, "'%s' cannot be opened: %s", path, strerror(errno));
  tao_load_status status = checkFile(fd, path, message);
  close(fd);
  if (status != TAO_LOAD_OK)
    return status;
  // dlopen would search the system's folders for a name without '/'.
  std::string file = strchr(path, '/') ? path : std::string("./") + path;
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    if (reason && strstr(reason, "__asan_"))
      return message.set(TAO_LOAD_NOT_A_MODEL,
                         "'%s' was compiled with --sanitize=address and needs the sanitizer's runtime: "
                         "LD_PRELOAD=$(clang-22 -print-file-name=libclang_rt.asan-x86_64.so)",
                         path);
    return message.set(TAO_LOAD_NOT_A_MODEL, "'%s' cannot be loaded: %s", path, reason ? reason : "unknown reason");
  }
  auto query = reinterpret_cast<tao_model_query_fn>(dlsym(library, TAO_MODEL_QUERY_SYMBOL));
  if (!query) {
    dlclose(library);
    return message.set(TAO_LOAD_NOT_A_MODEL, "'%s' is a shared library, but not a model: it does not export %s", path,
                       TAO_MODEL_QUERY_SYMBOL);
  }
  const tao_model_table *table = query(TAO_ABI_VERSION);
  if (!table || table->size < sizeof(tao_model_table)) {
    dlclose(library);
    return message.set(TAO_LOAD_OTHER_VERSION, "'%s' does not speak version %u of the model interface", path,
                       TAO_ABI_VERSION);
  }
  *model = new tao_model{library, table};
  return TAO_LOAD_OK;
}

void tao_model_unload(tao_model *model) {
  if (!model)
    return;
  dlclose(model->library);
  delete model;
}

const tao_model_table *tao_model_table_of(const tao_model *model) { return model->table; }
const tao_model_info *tao_model_info_of(const tao_model *model) { return model->table->info; }

size_t tao_dtype_bytes(tao_dtype dtype) { return (size_t(dtype.bits) + 7) / 8 * dtype.lanes; }

const char *tao_dtype_name(tao_dtype dtype) {
  struct Name {
    uint8_t code, bits;
    const char *name;
  };
  static constexpr Name names[] = {{TAO_BOOL, 8, "bool"},       {TAO_INT, 8, "int8"},       {TAO_INT, 16, "int16"},
                                   {TAO_INT, 32, "int32"},      {TAO_INT, 64, "int64"},     {TAO_UINT, 8, "uint8"},
                                   {TAO_UINT, 16, "uint16"},    {TAO_UINT, 32, "uint32"},   {TAO_UINT, 64, "uint64"},
                                   {TAO_FLOAT, 16, "float16"},  {TAO_FLOAT, 32, "float32"}, {TAO_FLOAT, 64, "float64"},
                                   {TAO_BFLOAT, 16, "bfloat16"}};
  for (const Name &name : names)
    if (name.code == dtype.code && name.bits == dtype.bits && dtype.lanes == 1)
      return name.name;
  return "?";
}

} // extern "C"
