// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Read-only files in memory, and the opening of files that a model names, which must not lead out of its folder.
#ifndef TAO_COMPILER_FRONTEND_MAPPEDFILE_H
#define TAO_COMPILER_FRONTEND_MAPPEDFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <string>

namespace tao {

/// A file mapped for reading, or, where mapping does not work (pipes, some file systems), its bytes in memory.
class MappedFile {
public:
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  llvm::ArrayRef<char> bytes() const { return llvm::ArrayRef<char>(data, length); }

  /// Opens a file named by the user. Null on failure, with the system's reason in `error`.
  static std::shared_ptr<const MappedFile> open(const std::string &path, std::string &error);

  enum class BeneathError { None, Escapes, CannotOpen };
  /// Opens `relative` beneath `folder`. Paths that are absolute, climb out by "..", or leave through a symbolic link are
  /// Escapes; so is anything but a regular file. Without `askKernel` the path is walked here, which follows no links at all.
  static std::shared_ptr<const MappedFile> openBeneath(const std::string &folder, const std::string &relative,
                                                       BeneathError &kind, std::string &error, bool askKernel = true);

private:
  MappedFile() = default;
  static std::shared_ptr<const MappedFile> map(int descriptor, std::string &error);
  const char *data = nullptr;
  size_t length = 0;
  std::string copy; // holds the bytes when they are not mapped
};

} // namespace tao
#endif
