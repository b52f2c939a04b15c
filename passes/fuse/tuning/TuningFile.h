// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tuning records together: read from files, merged, asked for the best plan of a key, appended to a file.
#ifndef TAO_PASSES_FUSE_TUNING_TUNINGFILE_H
#define TAO_PASSES_FUSE_TUNING_TUNINGFILE_H

#include "passes/fuse/tuning/TuningRecord.h"
#include "llvm/Support/Error.h"
#include <map>

namespace tao {

/// A set of records, at most one per id. Not thread-safe.
class TuningRecords {
public:
  /// Takes the record, unless one with its id is there whose p90 is as low: of two measurements of one thing the lower
  /// is nearer to the truth, since a machine only ever adds to the time.
  void add(TuningRecord record);
  void merge(const TuningRecords &other);

  /// The record with the lowest median of all plans measured for this key; null when there is none.
  const TuningRecord *getBest(const TuningKey &key) const;
  size_t size() const { return records.size(); }
  /// All records, by key and then id: equal sets give equal lists.
  std::vector<const TuningRecord *> getAll() const;

private:
  std::map<std::pair<TuningKey, std::string>, TuningRecord> records;
};

/// A line that was passed over.
struct BadLine {
  size_t line; // from 1
  std::string reason;
};

/// Adds the records of a file. Damaged lines and those of other versions cost nothing but themselves; they are listed
/// in `bad`. A file that is not there is empty; one that cannot be read is an error.
llvm::Error readTuningFile(llvm::StringRef path, TuningRecords &records, std::vector<BadLine> &bad);

/// Appends a record as one line, which several processes may do at once. After a return without error the line is on
/// the disk. What a crash leaves of a line ends at the next one.
llvm::Error appendTuningRecord(llvm::StringRef path, const TuningRecord &record);

} // namespace tao
#endif
