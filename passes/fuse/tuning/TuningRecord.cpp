// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See TuningRecord.h. The checksum covers the canonical text of the object without it, so that any byte that changes is
// noticed, and a line that was cut off is no JSON.
#include "passes/fuse/tuning/TuningRecord.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace mlir;
namespace json = llvm::json;

namespace tao {

namespace {
constexpr int64_t kTuningVersion = 1;
constexpr size_t kHashBytes = 16;

/// The same text for the same object: json::Object prints its fields in order of their names.
std::string toText(const json::Object &object) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << json::Value(json::Object(object));
  return text;
}

std::string hash(StringRef text) {
  auto bytes = llvm::BLAKE3::hash<kHashBytes>(ArrayRef(text.bytes_begin(), text.size()));
  return llvm::toHex(bytes, /*LowerCase=*/true);
}

json::Object toJson(const TuningKey &key) {
  return json::Object{{"group", key.group},
                      {"shapes", key.shapes},
                      {"arch", key.arch},
                      {"generator", key.generator},
                      {"flags", key.flags}};
}

/// The fields of an object, read one by one; remembers the first complaint.
class Fields {
public:
  explicit Fields(const json::Object &object) : object(object) {}

  std::string text(StringRef name) {
    auto value = object.getString(name);
    if (!value)
      complain(name, "a text");
    return value.value_or("").str();
  }
  int64_t count(StringRef name) {
    auto value = object.getInteger(name);
    if (!value || *value < 0)
      complain(name, "a count");
    return value.value_or(0);
  }
  double amount(StringRef name) {
    auto value = object.getNumber(name);
    if (!value || !std::isfinite(*value) || *value < 0)
      complain(name, "a number that is not negative");
    return value.value_or(0);
  }
  const json::Object *child(StringRef name) {
    const json::Object *value = object.getObject(name);
    if (!value)
      complain(name, "an object");
    return value;
  }
  void complain(StringRef name, StringRef wanted) {
    if (complaint.empty())
      complaint = ("'" + name + "' must be " + wanted).str();
  }

  std::string complaint;

private:
  const json::Object &object;
};
} // namespace

std::string TuningRecord::getId() const {
  json::Object object{{"key", toJson(key)}, {"plan", stitch::toJson(value.plan)}};
  return hash(toText(object));
}

std::string toLine(const TuningRecord &record) {
  const TuningValue &v = record.value;
  json::Object object{{"tao_tuning", kTuningVersion},
                      {"key", toJson(record.key)},
                      {"plan", stitch::toJson(v.plan)},
                      {"predicted_us", v.predicted},
                      {"p10_us", v.p10},
                      {"p50_us", v.p50},
                      {"p90_us", v.p90},
                      {"samples", v.samples},
                      {"registers", v.registers},
                      {"spill_bytes", v.spillBytes},
                      {"host_load", v.hostLoad},
                      {"date", v.date}};
  object["sum"] = hash(toText(object));
  return toText(object);
}

std::optional<TuningRecord> recordFromLine(StringRef line, std::string *reason) {
  auto fail = [&](const Twine &why) -> std::optional<TuningRecord> {
    if (reason)
      *reason = why.str();
    return std::nullopt;
  };
  auto parsed = json::parse(line);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return fail("is cut off or damaged: no JSON");
  }
  json::Object *object = parsed->getAsObject();
  auto version = object ? object->getInteger("tao_tuning") : std::nullopt;
  if (!version)
    return fail("is no tuning record");
  if (*version != kTuningVersion)
    return fail("has version " + Twine(*version) + ", not " + Twine(kTuningVersion));
  std::string sum = object->getString("sum").value_or("").str();
  object->erase("sum");
  if (sum != hash(toText(*object)))
    return fail("is damaged: its checksum does not match");

  Fields fields(*object);
  TuningRecord record;
  const json::Object *key = fields.child("key"), *plan = fields.child("plan");
  if (!key || !plan)
    return fail(fields.complaint);
  Fields keyFields(*key);
  record.key = {keyFields.text("group"), keyFields.text("shapes"), keyFields.text("arch"), keyFields.text("generator"),
                keyFields.text("flags")};
  TuningValue &v = record.value;
  v.predicted = fields.amount("predicted_us");
  v.p10 = fields.amount("p10_us");
  v.p50 = fields.amount("p50_us");
  v.p90 = fields.amount("p90_us");
  v.samples = fields.count("samples");
  v.registers = fields.count("registers");
  v.spillBytes = fields.count("spill_bytes");
  v.hostLoad = fields.amount("host_load");
  v.date = fields.text("date");
  for (const std::string &complaint : {keyFields.complaint, fields.complaint})
    if (!complaint.empty())
      return fail(complaint);
  if (v.samples == 0 || v.p10 > v.p50 || v.p50 > v.p90)
    return fail("holds times that no measurement gives");
  std::string why;
  std::optional<stitch::StitchPlan> read = stitch::planFromJson(json::Value(json::Object(*plan)), &why);
  if (!read)
    return fail("holds a plan that cannot be read: " + why);
  v.plan = std::move(*read);
  return record;
}

} // namespace tao
