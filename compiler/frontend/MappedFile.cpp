// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mapping of files; see MappedFile.h. Checks are made on the descriptor that is mapped, so nothing can change in between.
#include "compiler/frontend/MappedFile.h"
#include "llvm/ADT/SmallVector.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tao {

namespace {
/// Closes a descriptor at the end of a scope.
class Descriptor {
public:
  explicit Descriptor(int number) : number(number) {}
  Descriptor(Descriptor &&other) : number(other.number) { other.number = -1; }
  Descriptor &operator=(Descriptor &&other) {
    std::swap(number, other.number);
    return *this;
  }
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
  int get() const { return number; }
  bool isOpen() const { return number >= 0; }

private:
  int number;
};

bool isEscape(int code) { return code == EXDEV || code == ELOOP; }

/// openat2 with RESOLVE_BENEATH: the kernel itself refuses every way out.
Descriptor openWithKernel(int folder, const std::string &relative, int &code) {
  struct open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  auto number = static_cast<int>(syscall(SYS_openat2, folder, relative.c_str(), &how, sizeof how));
  code = number < 0 ? errno : 0;
  return Descriptor(number);
}

/// The same for kernels before 5.6 and sandboxes without openat2: one component at a time, no link followed.
Descriptor openByWalking(int folder, llvm::StringRef relative, int &code) {
  llvm::SmallVector<llvm::StringRef> parts;
  relative.split(parts, '/', -1, /*KeepEmpty=*/false);
  llvm::erase(parts, ".");
  if (relative.starts_with("/") || llvm::is_contained(parts, "..") || parts.empty()) {
    code = EXDEV;
    return Descriptor(-1);
  }
  Descriptor current(dup(folder));
  for (auto [index, part] : llvm::enumerate(parts)) {
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | (index + 1 < parts.size() ? O_DIRECTORY : 0);
    Descriptor next(openat(current.get(), part.str().c_str(), flags));
    code = next.isOpen() ? 0 : errno;
    if (!next.isOpen())
      return next;
    current = std::move(next);
  }
  return current;
}
} // namespace

MappedFile::~MappedFile() {
  if (copy.empty() && length > 0)
    munmap(const_cast<char *>(data), length);
}

std::shared_ptr<const MappedFile> MappedFile::map(int descriptor, std::string &error) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) {
    error = strerror(errno);
    return nullptr;
  }
  if (S_ISDIR(status.st_mode)) {
    error = strerror(EISDIR);
    return nullptr;
  }
  std::shared_ptr<MappedFile> file(new MappedFile());
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    void *address = mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address != MAP_FAILED) {
      file->data = static_cast<const char *>(address);
      file->length = status.st_size;
      return file;
    }
  }
  // Not mappable: read to the end.
  char buffer[1 << 16];
  while (true) {
    ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      error = strerror(errno);
      return nullptr;
    }
    if (count == 0)
      break;
    file->copy.append(buffer, count);
  }
  file->data = file->copy.data();
  file->length = file->copy.size();
  return file;
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::string &path, std::string &error) {
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.isOpen()) {
    error = strerror(errno);
    return nullptr;
  }
  return map(descriptor.get(), error);
}

std::shared_ptr<const MappedFile> MappedFile::openBeneath(const std::string &folder, const std::string &relative,
                                                          BeneathError &kind, std::string &error, bool askKernel) {
  kind = BeneathError::CannotOpen;
  Descriptor parent(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent.isOpen()) {
    error = strerror(errno);
    return nullptr;
  }
  int code = ENOSYS;
  Descriptor descriptor(-1);
  if (askKernel)
    descriptor = openWithKernel(parent.get(), relative, code);
  if (code == ENOSYS || code == EPERM)
    descriptor = openByWalking(parent.get(), relative, code);
  struct stat status;
  if (descriptor.isOpen() && (fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode))) {
    kind = BeneathError::Escapes;
    error = "it is not a regular file";
    return nullptr;
  }
  if (!descriptor.isOpen()) {
    kind = isEscape(code) ? BeneathError::Escapes : BeneathError::CannotOpen;
    error = isEscape(code) ? "it leads outside the model's folder" : strerror(code);
    return nullptr;
  }
  kind = BeneathError::None;
  return map(descriptor.get(), error);
}

} // namespace tao
