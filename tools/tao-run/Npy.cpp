// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's file formats; see Npy.h. A .npy file is a magic number, a version, the length of a header, the header, which
// is a Python dictionary of 'descr', 'fortran_order' and 'shape', and the elements.
#include "Npy.h"

#include "Error.h"
#include "Zip.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tao::run {
namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr size_t kMagicBytes = 6;

struct Header {
  tao_dtype dtype;
  bool bigEndian = false, fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Reads the header's dictionary: strings, booleans and tuples of integers are all it may hold.
class HeaderParser {
public:
  HeaderParser(const std::string &what, std::string text) : what(what), text(std::move(text)) {}

  Header parse() {
    Header header;
    bool haveDescr = false, haveOrder = false, haveShape = false;
    expect('{');
    while (!accept('}')) {
      std::string key = string();
      expect(':');
      if (key == "descr") {
        readDescr(string(), header);
        haveDescr = true;
      } else if (key == "fortran_order") {
        header.fortranOrder = boolean();
        haveOrder = true;
      } else if (key == "shape") {
        header.shape = tuple();
        haveShape = true;
      } else {
        fail("unknown key '" + key + "' in its header");
      }
      if (!accept(',') && peek() != '}')
        fail("its header is damaged");
    }
    if (!haveDescr || !haveOrder || !haveShape)
      fail("its header is incomplete");
    if (!elementCount(header.shape))
      fail("its shape is out of range");
    return header;
  }

private:
  [[noreturn]] void fail(const std::string &why) const { throw Failure(ErrorCode::BadArchive, what + ": " + why); }
  char peek() {
    while (at < text.size() && isspace(static_cast<unsigned char>(text[at])))
      ++at;
    return at < text.size() ? text[at] : 0;
  }
  bool accept(char c) {
    if (peek() != c)
      return false;
    ++at;
    return true;
  }
  void expect(char c) {
    if (!accept(c))
      fail("its header is damaged");
  }
  std::string string() {
    char quote = peek();
    if (quote == '[')
      fail("it holds records, which models do not take");
    if (quote != '\'' && quote != '"')
      fail("its header is damaged");
    size_t end = text.find(quote, at + 1);
    if (end == std::string::npos)
      fail("its header is damaged");
    std::string result = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return result;
  }
  bool boolean() {
    peek();
    for (bool value : {true, false}) {
      const char *word = value ? "True" : "False";
      if (text.compare(at, strlen(word), word) == 0) {
        at += strlen(word);
        return value;
      }
    }
    fail("its header is damaged");
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> result;
    expect('(');
    while (!accept(')')) {
      peek();
      char *end = nullptr;
      errno = 0;
      long long value = strtoll(text.c_str() + at, &end, 10);
      if (end == text.c_str() + at || errno != 0)
        fail("its header is damaged");
      at = size_t(end - text.c_str());
      result.push_back(value);
      if (!accept(',') && peek() != ')')
        fail("its header is damaged");
    }
    return result;
  }
  void readDescr(const std::string &descr, Header &header) {
    // Byte order, kind, bytes: "<f4", "|b1", "|V2".
    char kind = descr.size() >= 3 ? descr[1] : 0;
    int bytes = descr.size() == 3 ? descr[2] - '0' : 0;
    uint8_t code = kind == 'i'   ? TAO_INT
                   : kind == 'u' ? TAO_UINT
                   : kind == 'f' ? TAO_FLOAT
                   : kind == 'b' ? TAO_BOOL
                                 : TAO_BFLOAT;
    header.dtype = {code, uint8_t(bytes * 8), 1};
    header.bigEndian = descr[0] == '>';
    bool known = strchr("iufbV", kind) && kind != 0 && std::string(tao_dtype_name(header.dtype)) != "?";
    if (!known)
      fail("its element type '" + descr + "' is none that models take");
  }

  const std::string &what;
  std::string text;
  size_t at = 0;
};

/// Copies elements from first-index-fastest order.
void copyFortran(const uint8_t *from, Array &to) {
  size_t bytes = tao_dtype_bytes(to.dtype), rank = to.shape.size(), count = to.size();
  std::vector<size_t> strides(rank), index(rank, 0);
  size_t next = 1;
  for (size_t d = 0; d < rank; ++d) {
    strides[d] = next;
    next *= size_t(to.shape[d]);
  }
  auto *out = static_cast<uint8_t *>(to.data());
  for (size_t i = 0; i < count; ++i) {
    size_t offset = 0;
    for (size_t d = 0; d < rank; ++d)
      offset += index[d] * strides[d];
    memcpy(out + i * bytes, from + offset * bytes, bytes);
    for (size_t d = rank; d > 0 && ++index[d - 1] == size_t(to.shape[d - 1]);)
      index[--d] = 0;
  }
}

Array parseNpy(const std::string &what, const uint8_t *data, size_t bytes) {
  auto fail = [&](const std::string &why) { return Failure(ErrorCode::BadArchive, what + ": " + why); };
  if (bytes < 10 || memcmp(data, kMagic, kMagicBytes) != 0)
    throw fail("it is not a .npy file");
  int version = data[kMagicBytes];
  if (version < 1 || version > 3)
    throw fail("version " + std::to_string(version) + " of the format is not known");
  size_t lengthBytes = version == 1 ? 2 : 4, begin = 8 + lengthBytes;
  if (bytes < begin)
    throw fail("it is truncated");
  size_t length = 0;
  for (size_t i = lengthBytes; i-- > 0;)
    length = length << 8 | data[8 + i];
  if (length > bytes - begin)
    throw fail("it is truncated");
  Header header = HeaderParser(what, std::string(reinterpret_cast<const char *>(data) + begin, length)).parse();
  begin += length;
  // Compared before anything is allocated: the header may promise more than there is.
  size_t expected = *elementCount(header.shape) * tao_dtype_bytes(header.dtype);
  if (bytes - begin != expected)
    throw fail("it holds " + std::to_string(bytes - begin) + " bytes of elements, its header says " +
               std::to_string(expected));
  Array array(header.dtype, header.shape);
  if (header.fortranOrder)
    copyFortran(data + begin, array);
  else if (expected > 0)
    memcpy(array.data(), data + begin, expected);
  if (header.bigEndian) {
    size_t elementBytes = tao_dtype_bytes(header.dtype);
    auto *element = static_cast<uint8_t *>(array.data());
    for (size_t i = 0; i < array.size(); ++i, element += elementBytes)
      std::reverse(element, element + elementBytes);
  }
  return array;
}

std::string npyHead(const Array &array) {
  static constexpr const char kinds[] = {'i', 'u', 'f', '?', 'V', '?', 'b'};
  unsigned bytes = array.dtype.bits / 8u;
  char kind = kinds[array.dtype.code];
  std::string shape;
  for (int64_t extent : array.shape)
    shape += std::to_string(extent) + ", ";
  if (array.shape.size() > 1)
    shape.resize(shape.size() - 2);
  std::string header = std::string("{'descr': '") + (bytes == 1 || kind == 'V' ? '|' : '<') + kind +
                       std::to_string(bytes) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // Elements start on a multiple of 64 bytes.
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::string head(kMagic, kMagicBytes);
  head += '\x01';
  head += '\x00';
  head += char(header.size() & 255);
  head += char(header.size() >> 8);
  return head + header;
}

bool endsWith(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

[[noreturn]] void failWrite(const std::string &path, int error) {
  throw Failure(ErrorCode::Unwritable, "'" + path + "' cannot be written: " + strerror(error));
}

/// Writes all of it and returns 0, or the error number.
int writeAll(int fd, const std::string &contents) {
  size_t done = 0;
  while (done < contents.size()) {
    ssize_t put = write(fd, contents.data() + done, contents.size() - done);
    if (put > 0)
      done += size_t(put);
    else if (put == 0)
      return ENOSPC;
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

} // namespace

void writeFile(const std::string &path, const std::string &contents) {
  struct stat status;
  bool replace = stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
  std::string target = replace ? path + ".tmp." + std::to_string(getpid()) : path;
  int fd = open(target.c_str(), replace ? O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC : O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    failWrite(path, errno);
  int error = writeAll(fd, contents);
  // A full disk may show only now. What is no file need not know how to sync.
  if (error == 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
    error = errno;
  if (close(fd) != 0 && error == 0)
    error = errno;
  if (error == 0 && replace && rename(target.c_str(), path.c_str()) != 0)
    error = errno;
  if (error == 0)
    return;
  if (replace)
    unlink(target.c_str());
  failWrite(path, error);
}

std::vector<uint8_t> readFile(const std::string &path) {
  auto fail = [&] { return Failure(ErrorCode::Unreadable, "'" + path + "' cannot be read: " + strerror(errno)); };
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    throw fail();
  std::vector<uint8_t> contents;
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    contents.reserve(size_t(status.st_size) + 1);
  size_t done = 0;
  while (true) {
    contents.resize(std::max(contents.capacity(), done + (size_t(1) << 20)));
    ssize_t got = read(fd, contents.data() + done, contents.size() - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      Failure failure = fail();
      close(fd);
      throw failure;
    }
    if (got == 0)
      break;
    done += size_t(got);
  }
  close(fd);
  contents.resize(done);
  return contents;
}

NamedArrays readArrays(const std::string &path) {
  std::vector<uint8_t> file = readFile(path);
  NamedArrays arrays;
  if (file.size() >= kMagicBytes && memcmp(file.data(), kMagic, kMagicBytes) == 0) {
    arrays.emplace("", parseNpy("'" + path + "'", file.data(), file.size()));
    return arrays;
  }
  if (file.size() < 4 || memcmp(file.data(), "PK", 2) != 0)
    throw Failure(ErrorCode::BadArchive, "'" + path + "' is neither a .npz nor a .npy file");
  for (const ZipMember &member : listZip(path, file)) {
    std::string key = member.name;
    if (endsWith(key, ".npy"))
      key.resize(key.size() - 4);
    std::vector<uint8_t> contents = readZipMember(path, file, member);
    Array array = parseNpy("'" + path + "', key '" + key + "'", contents.data(), contents.size());
    if (!arrays.emplace(key, std::move(array)).second)
      throw Failure(ErrorCode::BadArchive, "'" + path + "' has key '" + key + "' twice");
  }
  return arrays;
}

void writeArrays(const std::string &path, const std::vector<std::pair<std::string, Array>> &arrays) {
  std::string contents;
  if (endsWith(path, ".npy")) {
    if (arrays.size() != 1)
      throw Failure(ErrorCode::Usage, "'" + path + "': a .npy file holds one array, the model has " +
                                          std::to_string(arrays.size()) + " outputs; use .npz");
    const Array &array = arrays[0].second;
    contents = npyHead(array);
    contents.append(static_cast<const char *>(array.data()), array.bytes());
  } else {
    ZipWriter zip(contents);
    for (const auto &[name, array] : arrays)
      zip.add(name + ".npy", npyHead(array), array.data(), array.bytes());
    zip.finish();
  }
  writeFile(path, contents);
}

} // namespace tao::run
