// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See TuningFile.h.
#include "passes/fuse/tuning/TuningFile.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/MemoryBuffer.h"
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace mlir;

namespace tao {

void TuningRecords::add(TuningRecord record) {
  std::pair<TuningKey, std::string> place{record.key, record.getId()};
  auto it = records.find(place);
  if (it == records.end())
    records.emplace(std::move(place), std::move(record));
  else if (record.value.p90 < it->second.value.p90)
    it->second = std::move(record);
}

void TuningRecords::merge(const TuningRecords &other) {
  for (const auto &[place, record] : other.records)
    add(record);
}

const TuningRecord *TuningRecords::getBest(const TuningKey &key) const {
  const TuningRecord *best = nullptr;
  for (auto it = records.lower_bound({key, ""}); it != records.end() && it->first.first == key; ++it)
    if (!best || it->second.value.p50 < best->value.p50)
      best = &it->second;
  return best;
}

std::vector<const TuningRecord *> TuningRecords::getAll() const {
  std::vector<const TuningRecord *> all;
  for (const auto &[place, record] : records)
    all.push_back(&record);
  return all;
}

static llvm::Error fail(const Twine &what, StringRef path, std::error_code code) {
  return llvm::createStringError(code, what + " '" + path + "': " + code.message());
}

llvm::Error readTuningFile(StringRef path, TuningRecords &records, std::vector<BadLine> &bad) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (std::error_code code = file.getError())
    return code == std::errc::no_such_file_or_directory ? llvm::Error::success() : fail("cannot read", path, code);
  StringRef rest = (*file)->getBuffer();
  for (size_t number = 1; !rest.empty(); ++number) {
    auto [line, next] = rest.split('\n');
    rest = next;
    if (line.trim().empty())
      continue;
    std::string reason;
    if (std::optional<TuningRecord> record = recordFromLine(line, &reason))
      records.add(std::move(*record));
    else
      bad.push_back({number, std::move(reason)});
  }
  return llvm::Error::success();
}

namespace {
/// An open file that nobody else appends to meanwhile.
struct LockedFile {
  int fd;
  explicit LockedFile(int fd) : fd(fd) {}
  ~LockedFile() {
    if (fd >= 0)
      close(fd); // also unlocks
  }
  LockedFile(const LockedFile &) = delete;
  LockedFile &operator=(const LockedFile &) = delete;
};
} // namespace

llvm::Error appendTuningRecord(StringRef path, const TuningRecord &record) {
  auto lastError = [] { return std::error_code(errno, std::generic_category()); };
  LockedFile file(open(path.str().c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (file.fd < 0 || flock(file.fd, LOCK_EX) != 0)
    return fail("cannot open", path, lastError());
  std::string text = toLine(record) + "\n";
  // A crash may have left a line without an end: it must not swallow this one.
  char last = '\n';
  if (off_t end = lseek(file.fd, 0, SEEK_END); end > 0 && pread(file.fd, &last, 1, end - 1) == 1 && last != '\n')
    text.insert(text.begin(), '\n');
  for (StringRef rest = text; !rest.empty();) {
    ssize_t written = write(file.fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return fail("cannot write", path, lastError());
    rest = rest.drop_front(written);
  }
  if (fsync(file.fd) != 0)
    return fail("cannot write", path, lastError());
  return llvm::Error::success();
}

} // namespace tao
