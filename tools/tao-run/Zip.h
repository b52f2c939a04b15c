// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zip archives, as far as .npz needs them: stored and deflated members, sizes beyond 4 GiB.
#ifndef TAO_RUN_ZIP_H
#define TAO_RUN_ZIP_H

#include <cstdint>
#include <string>
#include <vector>

namespace tao::run {

struct ZipMember {
  std::string name;
  uint16_t method;
  uint32_t crc;
  uint64_t storedBytes, bytes, headerOffset;
};

/// The members of the archive in `file`, whose name is used in messages.
std::vector<ZipMember> listZip(const std::string &path, const std::vector<uint8_t> &file);

/// A member's contents, inflated if need be and checked against its checksum.
std::vector<uint8_t> readZipMember(const std::string &path, const std::vector<uint8_t> &file, const ZipMember &member);

/// Collects stored members; finish() appends the directory.
class ZipWriter {
public:
  explicit ZipWriter(std::string &out) : out(out) {}
  /// A member made of two parts, so that large data need not be copied together first.
  void add(const std::string &name, const std::string &head, const void *data, size_t bytes);
  void finish();

private:
  std::string &out;
  std::vector<ZipMember> members;
};

} // namespace tao::run

#endif // TAO_RUN_ZIP_H
