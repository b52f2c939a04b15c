// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What was measured of a group: one line of a tuning file. docs/tuning.md describes the fields and the file.
#ifndef TAO_PASSES_FUSE_TUNING_TUNINGRECORD_H
#define TAO_PASSES_FUSE_TUNING_TUNINGRECORD_H

#include "dialects/Stitch/StitchPlan.h"

namespace tao {

/// What a measurement holds for. Any difference makes it worthless, so keys are equal or not, never near.
struct TuningKey {
  std::string group;     // hash of the canonical group, element types included
  std::string shapes;    // sizes of its symbols, or the bucket they fall into: "n=8..64"; empty without symbols
  std::string arch;      // the architecture, or the CPU model, that it was measured on
  std::string generator; // version of the code generator
  std::string flags;     // options that change generated code, in canonical order

  bool operator==(const TuningKey &other) const = default;
  auto operator<=>(const TuningKey &other) const = default;
};

struct TuningValue {
  stitch::StitchPlan plan;
  double predicted = 0;           // microseconds, by the cost model
  double p10 = 0, p50 = 0, p90 = 0; // microseconds, measured
  int64_t samples = 0;
  int64_t registers = 0, spillBytes = 0; // of a thread; 0 on a CPU
  double hostLoad = 0;                   // processes that wanted to run, at the time
  std::string date;                      // 2026-11-23, UTC
};

struct TuningRecord {
  TuningKey key;
  TuningValue value;

  /// Hash of the key and the plan: two records with one id measured the same thing.
  std::string getId() const;
};

/// One line without its end: a JSON object whose last field is a checksum of the rest.
std::string toLine(const TuningRecord &record);
/// Reads what toLine wrote; nullopt with the reason when the line is damaged, of another version, or holds what no
/// measurement gives: a negative time, p10 > p50, no samples.
std::optional<TuningRecord> recordFromLine(llvm::StringRef line, std::string *reason);

} // namespace tao
#endif
