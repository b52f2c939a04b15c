// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zip archives after the APPNOTE of the format, section numbers in brackets; see Zip.h.
#include "Zip.h"

#include "Error.h"

#include <algorithm>
#include <zlib.h>

namespace tao::run {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kDirectoryEnd = 0x06054b50,
                   kDirectoryEnd64 = 0x06064b50, kDirectoryLocator64 = 0x07064b50;
constexpr uint64_t kLimit32 = 0xffffffff;
constexpr uint16_t kStored = 0, kDeflated = 8;

/// Little-endian numbers in a file, with every access checked.
class Reader {
public:
  Reader(const std::string &path, const std::vector<uint8_t> &file) : path(path), file(file) {}

  uint64_t get(uint64_t offset, int bytes) const {
    need(offset, uint64_t(bytes));
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
      value = value << 8 | file[offset + uint64_t(i)];
    return value;
  }
  uint16_t get16(uint64_t offset) const { return uint16_t(get(offset, 2)); }
  uint32_t get32(uint64_t offset) const { return uint32_t(get(offset, 4)); }
  uint64_t get64(uint64_t offset) const { return get(offset, 8); }
  void need(uint64_t offset, uint64_t bytes) const {
    if (offset > file.size() || bytes > file.size() - offset)
      fail("it is truncated");
  }
  [[noreturn]] void fail(const std::string &why) const {
    throw Failure(ErrorCode::BadArchive, "'" + path + "' is not a valid .npz file: " + why);
  }

  const std::string &path;
  const std::vector<uint8_t> &file;
};

struct Directory {
  uint64_t offset, entries;
};

/// Finds the end of the central directory [4.3.16], which a comment of up to 64 KiB may follow.
Directory findDirectory(const Reader &reader) {
  const std::vector<uint8_t> &file = reader.file;
  uint64_t size = file.size();
  for (uint64_t back = 22; back <= size && back <= 22 + 65535; ++back) {
    uint64_t end = size - back;
    if (reader.get32(end) != kDirectoryEnd)
      continue;
    Directory directory = {reader.get32(end + 16), reader.get16(end + 10)};
    bool wide = directory.offset == kLimit32 || directory.entries == 0xffff;
    if (wide && end >= 20 && reader.get32(end - 20) == kDirectoryLocator64) { // [4.3.15]
      uint64_t end64 = reader.get64(end - 20 + 8);
      if (reader.get32(end64) != kDirectoryEnd64)
        reader.fail("its directory is damaged");
      directory = {reader.get64(end64 + 48), reader.get64(end64 + 32)};
    }
    return directory;
  }
  reader.fail("it has no directory");
}

/// Replaces the sizes that do not fit 32 bits by those of the extra field [4.5.3].
void readWideSizes(const Reader &reader, uint64_t extra, uint64_t extraBytes, ZipMember &member) {
  uint64_t end = extra + extraBytes;
  while (extra + 4 <= end) {
    uint64_t field = extra + 4;
    uint16_t id = reader.get16(extra), bytes = reader.get16(extra + 2);
    if (id == 1)
      for (uint64_t *value : {&member.bytes, &member.storedBytes, &member.headerOffset})
        if (*value == kLimit32 && field + 8 <= extra + 4 + bytes) {
          *value = reader.get64(field);
          field += 8;
        }
    extra += 4 + uint64_t(bytes);
  }
}

void put(std::string &out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out.push_back(char(value >> (8 * i)));
}

} // namespace

std::vector<ZipMember> listZip(const std::string &path, const std::vector<uint8_t> &file) {
  Reader reader(path, file);
  Directory directory = findDirectory(reader);
  std::vector<ZipMember> members;
  uint64_t at = directory.offset;
  for (uint64_t i = 0; i < directory.entries; ++i) { // [4.3.12]
    if (reader.get32(at) != kDirectoryEntry)
      reader.fail("its directory is damaged");
    ZipMember member = {"",
                        reader.get16(at + 10),
                        reader.get32(at + 16),
                        reader.get32(at + 20),
                        reader.get32(at + 24),
                        reader.get32(at + 42)};
    uint64_t nameBytes = reader.get16(at + 28), extraBytes = reader.get16(at + 30), comment = reader.get16(at + 32);
    reader.need(at + 46, nameBytes + extraBytes + comment);
    if (reader.get16(at + 8) & 1)
      reader.fail("it is encrypted");
    member.name.assign(reinterpret_cast<const char *>(file.data()) + at + 46, nameBytes);
    readWideSizes(reader, at + 46 + nameBytes, extraBytes, member);
    members.push_back(member);
    at += 46 + nameBytes + extraBytes + comment;
  }
  return members;
}

std::vector<uint8_t> readZipMember(const std::string &path, const std::vector<uint8_t> &file, const ZipMember &member) {
  Reader reader(path, file);
  uint64_t header = member.headerOffset; // [4.3.7]
  if (reader.get32(header) != kLocalHeader)
    reader.fail("member '" + member.name + "' is damaged");
  uint64_t begin = header + 30 + reader.get16(header + 26) + reader.get16(header + 28);
  reader.need(begin, member.storedBytes);
  const uint8_t *stored = file.data() + begin;
  std::vector<uint8_t> result;
  if (member.method == kStored) {
    result.assign(stored, stored + member.storedBytes);
  } else if (member.method == kDeflated) {
    // Deflate cannot do better than 1032 to 1, so a larger promise is a lie and no reason to allocate.
    if (member.bytes / 1032 > member.storedBytes)
      reader.fail("member '" + member.name + "' is damaged");
    result.resize(member.bytes);
    z_stream stream = {};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      throw Failure(ErrorCode::Internal, "zlib cannot be initialised");
    uint64_t in = 0, out = 0;
    int status = Z_OK;
    while (status == Z_OK) { // zlib counts in 32 bits
      auto inPart = unsigned(std::min<uint64_t>(member.storedBytes - in, 1u << 30));
      auto outPart = unsigned(std::min<uint64_t>(member.bytes - out, 1u << 30));
      stream.next_in = const_cast<uint8_t *>(stored + in);
      stream.avail_in = inPart;
      stream.next_out = result.data() + out;
      stream.avail_out = outPart;
      status = inflate(&stream, Z_NO_FLUSH);
      in += inPart - stream.avail_in;
      out += outPart - stream.avail_out;
    }
    inflateEnd(&stream);
    if (status != Z_STREAM_END || out != member.bytes)
      reader.fail("member '" + member.name + "' is damaged");
  } else {
    reader.fail("member '" + member.name + "' is compressed by method " + std::to_string(member.method) +
                ", which is neither stored nor deflated");
  }
  if (result.size() != member.bytes || crc32_z(0, result.data(), result.size()) != member.crc)
    reader.fail("member '" + member.name + "' does not match its checksum");
  return result;
}

void ZipWriter::add(const std::string &name, const std::string &head, const void *data, size_t bytes) {
  uLong crc = crc32_z(0, reinterpret_cast<const Bytef *>(head.data()), head.size());
  crc = crc32_z(crc, static_cast<const Bytef *>(data), bytes);
  uint64_t total = head.size() + bytes;
  members.push_back({name, kStored, uint32_t(crc), total, total, out.size()});
  bool wide = total >= kLimit32;
  put(out, kLocalHeader, 4);
  put(out, wide ? 45 : 20, 2); // version needed
  put(out, 0x0800, 2);         // names are UTF-8
  put(out, kStored, 2);
  put(out, 0, 2);
  put(out, 0x21, 2); // the first of January 1980: equal outputs are equal files
  put(out, crc, 4);
  put(out, wide ? kLimit32 : total, 4);
  put(out, wide ? kLimit32 : total, 4);
  put(out, name.size(), 2);
  put(out, wide ? 20 : 0, 2);
  out += name;
  if (wide) {
    put(out, 1, 2);
    put(out, 16, 2);
    put(out, total, 8);
    put(out, total, 8);
  }
  out += head;
  out.append(static_cast<const char *>(data), bytes);
}

void ZipWriter::finish() {
  uint64_t directory = out.size();
  for (const ZipMember &member : members) {
    bool wide = member.bytes >= kLimit32 || member.headerOffset >= kLimit32;
    put(out, kDirectoryEntry, 4);
    put(out, wide ? 45 : 20, 2);
    put(out, wide ? 45 : 20, 2);
    put(out, 0x0800, 2);
    put(out, kStored, 2);
    put(out, 0, 2);
    put(out, 0x21, 2);
    put(out, member.crc, 4);
    put(out, wide ? kLimit32 : member.bytes, 4);
    put(out, wide ? kLimit32 : member.bytes, 4);
    put(out, member.name.size(), 2);
    put(out, wide ? 28 : 0, 2);
    put(out, 0, 2); // comment
    put(out, 0, 2); // disk
    put(out, 0, 2);
    put(out, 0, 4);
    put(out, wide ? kLimit32 : member.headerOffset, 4);
    out += member.name;
    if (wide) {
      put(out, 1, 2);
      put(out, 24, 2);
      put(out, member.bytes, 8);
      put(out, member.bytes, 8);
      put(out, member.headerOffset, 8);
    }
  }
  uint64_t directoryBytes = out.size() - directory;
  bool wide = directory >= kLimit32 || members.size() >= 0xffff;
  if (wide) {
    uint64_t end64 = out.size();
    put(out, kDirectoryEnd64, 4);
    put(out, 44, 8);
    put(out, 45, 2);
    put(out, 45, 2);
    put(out, 0, 4);
    put(out, 0, 4);
    put(out, members.size(), 8);
    put(out, members.size(), 8);
    put(out, directoryBytes, 8);
    put(out, directory, 8);
    put(out, kDirectoryLocator64, 4);
    put(out, 0, 4);
    put(out, end64, 8);
    put(out, 1, 4);
  }
  put(out, kDirectoryEnd, 4);
  put(out, 0, 4);
  put(out, wide ? 0xffff : members.size(), 2);
  put(out, wide ? 0xffff : members.size(), 2);
  put(out, std::min(directoryBytes, kLimit32), 4);
  put(out, wide ? kLimit32 : directory, 4);
  put(out, 0, 2);
}

} // namespace tao::run
