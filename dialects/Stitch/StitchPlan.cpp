// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stitch plans as JSON and as attributes; see StitchPlan.h. The reader is strict: a plan may come from a user's file or
// from an old record, and whoever follows it relies on every number being in range.
#include "dialects/Stitch/StitchPlan.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include <limits>

using namespace mlir;
namespace json = llvm::json;

namespace tao::stitch {

namespace {
constexpr llvm::StringLiteral kScopes[] = {"thread", "lane", "block", "grid"};
constexpr llvm::StringLiteral kLevels[] = {"register", "shared", "workspace"};
} // namespace

StringRef getName(Scope scope) { return kScopes[static_cast<size_t>(scope)]; }
StringRef getName(MemoryLevel level) { return kLevels[static_cast<size_t>(level)]; }

//===-- Writing ---------------------------------------------------------------------------------------------------===//

/// A size is a number where it is constant, else the text of its expression.
static json::Value toJson(const SymExpr &size) {
  if (auto constant = size.constant())
    return *constant;
  return size.str();
}

template <typename List, typename Function> static json::Array mapToJson(const List &list, Function function) {
  json::Array array;
  for (const auto &item : list)
    array.push_back(function(item));
  return array;
}

static json::Object toJson(const ClassPlacement &p) {
  return json::Object{{"class", p.classNumber}, {"grid", toJson(p.grid)}, {"warp", p.warp},
                      {"lane", p.lane},         {"seq", toJson(p.seq)},   {"vec", p.vec}};
}

static json::Object toJson(const PlanRegion &region) {
  json::Object object{{"part", region.part},
                      {"dominants", json::Array(region.dominants)},
                      {"ops", json::Array(region.ops)},
                      {"placement", mapToJson(region.placement, [](const ClassPlacement &p) { return toJson(p); })}};
  if (region.lastBlockFinishes)
    object["finish"] = "last_block";
  return object;
}

static json::Object toJson(const PlanEdge &edge) {
  return json::Object{{"value", edge.value}, {"region", edge.region}, {"scope", getName(edge.scope)}};
}

static json::Object toJson(const PlanBuffer &buffer) {
  json::Object object{{"value", buffer.value},           {"level", getName(buffer.level)},
                      {"offset", toJson(buffer.offset)}, {"bytes", toJson(buffer.bytes)},
                      {"first", buffer.first},           {"last", buffer.last}};
  if (buffer.isPartials)
    object["kind"] = "partials";
  return object;
}

static json::Object toJson(const PlanBarrier &barrier) {
  json::Object object{{"before", barrier.region}, {"scope", getName(barrier.scope)}};
  if (barrier.isInside)
    object["inside"] = true;
  return object;
}

static json::Object toJson(const PlanVariant &variant) {
  return json::Object{
      {"guard",
       mapToJson(variant.guard,
                 [](const GuardCondition &c) { return json::Object{{"expr", toJson(c.expr)}, {"max", c.max}}; })},
      {"parts", mapToJson(variant.parts,
                          [](const PlanPart &part) {
                            return json::Object{{"blocks", toJson(part.blocks)}, {"outer", json::Array(part.outer)}};
                          })},
      {"regions", mapToJson(variant.regions, [](const PlanRegion &r) { return toJson(r); })},
      {"edges", mapToJson(variant.edges, [](const PlanEdge &e) { return toJson(e); })},
      {"buffers", mapToJson(variant.buffers, [](const PlanBuffer &b) { return toJson(b); })},
      {"barriers", mapToJson(variant.barriers, [](const PlanBarrier &b) { return toJson(b); })},
      {"threads", variant.threads},
      {"registers", variant.registers},
      {"shared", toJson(variant.shared)},
      {"workspace", toJson(variant.workspace)}};
}

json::Object toJson(const StitchPlan &plan) {
  return json::Object{{"arch", plan.arch},
                      {"classes", mapToJson(plan.classes, [](const SymExpr &extent) { return toJson(extent); })},
                      {"spaces", mapToJson(plan.spaces,
                                           [](const OpSpace &space) {
                                             return mapToJson(space,
                                                              [](ArrayRef<int64_t> dim) { return json::Array(dim); });
                                           })},
                      {"variants", mapToJson(plan.variants, [](const PlanVariant &v) { return toJson(v); })}};
}

//===-- Reading ---------------------------------------------------------------------------------------------------===//

namespace {
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
/// No planner writes longer ones, and a file must not keep the reader busy.
constexpr size_t kMaxExpression = 1024;

/// One object of a plan, which is asked for its fields by name. The first complaint is kept; what is returned after one
/// has no meaning. A field that nobody asked for is unknown.
class Fields {
public:
  Fields(const json::Value &value, std::string path, std::string &problem)
      : object(value.getAsObject()), path(std::move(path)), problem(problem) {
    if (!object)
      complain("", "must be an object");
  }
  ~Fields() {
    if (!object)
      return;
    // Sorted, so that the same file gives the same message.
    SmallVector<StringRef> unknown;
    for (const auto &field : *object)
      if (!asked.contains(field.first))
        unknown.push_back(field.first);
    if (!unknown.empty())
      complain(*llvm::min_element(unknown), "is no field of a plan");
  }

  bool has(StringRef name) { return find(name) != nullptr; }

  int64_t number(StringRef name, int64_t min, int64_t max = kMax) {
    const json::Value *value = need(name);
    if (!value)
      return min;
    std::optional<int64_t> number = value->getAsInteger();
    if (number && *number >= min && *number <= max)
      return *number;
    complain(name, max == kMax ? "must be a number of at least " + Twine(min)
                               : "must be a number from " + Twine(min) + " to " + Twine(max));
    return min;
  }

  SymExpr size(StringRef name) {
    const json::Value *value = need(name);
    return value ? size(*value, name) : SymExpr();
  }

  /// A number, or an expression that is none, as toJson writes it.
  SymExpr size(const json::Value &value, const Twine &name) {
    if (std::optional<int64_t> number = value.getAsInteger(); number && *number >= 0)
      return *number;
    std::optional<StringRef> text = value.getAsString();
    bool isShort = text && text->size() <= kMaxExpression;
    std::optional<SymExpr> parsed = isShort ? SymExpr::parse(*text) : std::nullopt;
    if (parsed && !parsed->isConstant() && parsed->str() == *text)
      return *parsed;
    complain(name, "must be a number of at least 0 or a canonical size expression");
    return SymExpr();
  }

  std::string text(StringRef name) {
    const json::Value *value = need(name);
    std::optional<StringRef> text = value ? value->getAsString() : std::nullopt;
    if (value && !text)
      complain(name, "must be a string");
    return text.value_or("").str();
  }

  /// The number of the name among `choices`.
  template <typename Enum> Enum choice(StringRef name, ArrayRef<llvm::StringLiteral> choices) {
    std::string given = text(name);
    auto it = llvm::find(choices, given);
    if (it != choices.end())
      return static_cast<Enum>(it - choices.begin());
    complain(name, "must be one of " + llvm::join(choices, ", "));
    return Enum();
  }

  /// A field that is only there with this one value.
  bool flag(StringRef name, const json::Value &expected) {
    const json::Value *value = find(name);
    if (value && *value != expected)
      complain(name, "has a value that it cannot have");
    return value != nullptr;
  }

  /// Calls `read` on each entry of a list, with the entry's path.
  void each(StringRef name, llvm::function_ref<void(const json::Value &, const Twine &)> read) {
    const json::Value *value = need(name);
    const json::Array *list = value ? value->getAsArray() : nullptr;
    if (value && !list)
      return complain(name, "must be a list");
    if (list)
      for (auto [i, entry] : llvm::enumerate(*list))
        read(entry, name + "[" + Twine(i) + "]");
  }
  void eachObject(StringRef name, llvm::function_ref<void(Fields &)> read) {
    each(name, [&](const json::Value &entry, const Twine &where) {
      Fields fields(entry, join(where), problem);
      if (fields.object)
        read(fields);
    });
  }

  void complain(const Twine &name, const Twine &what) {
    if (problem.empty())
      problem = (join(name) + " " + what).str();
  }

private:
  const json::Value *find(StringRef name) {
    asked.insert(name);
    return object ? object->get(name) : nullptr;
  }
  const json::Value *need(StringRef name) {
    const json::Value *value = find(name);
    if (!value && object)
      complain(name, "is missing");
    return value;
  }
  std::string join(const Twine &name) const {
    std::string tail = name.str();
    return path.empty() ? (tail.empty() ? "the plan" : tail) : tail.empty() ? path : path + "." + tail;
  }

  const json::Object *object;
  std::string path;
  std::string &problem;
  llvm::StringSet<> asked;
};

OpSpace readSpace(Fields &fields, const json::Value &value, const Twine &where, int64_t numClasses) {
  OpSpace space;
  const json::Array *dims = value.getAsArray();
  if (!dims) {
    fields.complain(where, "must be a list");
    return space;
  }
  for (const json::Value &dim : *dims) {
    const json::Array *classes = dim.getAsArray();
    auto &numbers = space.emplace_back();
    if (!classes)
      fields.complain(where, "must be a list of lists");
    else
      for (const json::Value &entry : *classes) {
        std::optional<int64_t> number = entry.getAsInteger();
        if (!number || *number < 0 || *number >= numClasses)
          fields.complain(where, "must name classes of the plan");
        numbers.push_back(number.value_or(0));
      }
  }
  return space;
}

SmallVector<int64_t> readClasses(Fields &fields, StringRef name, int64_t numClasses) {
  SmallVector<int64_t> classes;
  fields.each(name, [&](const json::Value &entry, const Twine &where) {
    std::optional<int64_t> number = entry.getAsInteger();
    if (!number || *number < 0 || *number >= numClasses)
      return fields.complain(where, "must be the number of a class");
    classes.push_back(*number);
  });
  return classes;
}

ClassPlacement readPlacement(Fields &fields, int64_t numClasses) {
  ClassPlacement placement;
  placement.classNumber = fields.number("class", 0, numClasses - 1);
  placement.grid = fields.size("grid");
  placement.warp = fields.number("warp", 1);
  placement.lane = fields.number("lane", 1);
  placement.seq = fields.size("seq");
  placement.vec = fields.number("vec", 1);
  return placement;
}

/// How many of what a variant's numbers may name.
struct Ranges {
  int64_t ops = 0, classes = 0, parts = 0, regions = 0;
};

SmallVector<int64_t> readOps(Fields &fields, StringRef name, const Ranges &ranges) {
  SmallVector<int64_t> ops;
  fields.each(name, [&](const json::Value &entry, const Twine &where) {
    std::optional<int64_t> op = entry.getAsInteger();
    if (!op || *op < (ops.empty() ? 0 : ops.back() + 1) || *op >= ranges.ops)
      return fields.complain(where, "must be the number of an op, above the one before");
    ops.push_back(*op);
  });
  return ops;
}

PlanRegion readRegion(Fields &fields, const Ranges &ranges) {
  PlanRegion region;
  region.part = fields.number("part", 0, ranges.parts - 1);
  region.dominants = readOps(fields, "dominants", ranges);
  region.ops = readOps(fields, "ops", ranges);
  if (!llvm::includes(region.ops, region.dominants))
    fields.complain("dominants", "must be among the ops");
  fields.eachObject("placement", [&](Fields &f) { region.placement.push_back(readPlacement(f, ranges.classes)); });
  region.lastBlockFinishes = fields.flag("finish", "last_block");
  return region;
}

PlanBuffer readBuffer(Fields &fields, const Ranges &ranges) {
  PlanBuffer buffer;
  buffer.value = fields.number("value", 0, ranges.ops - 1);
  buffer.level = fields.choice<MemoryLevel>("level", kLevels);
  buffer.isPartials = fields.flag("kind", "partials");
  buffer.offset = fields.size("offset");
  buffer.bytes = fields.size("bytes");
  buffer.first = fields.number("first", 0, ranges.regions - 1);
  buffer.last = fields.number("last", buffer.first, ranges.regions - 1);
  return buffer;
}

PlanVariant readVariant(Fields &fields, Ranges ranges) {
  PlanVariant variant;
  fields.eachObject("guard", [&](Fields &f) {
    GuardCondition condition;
    condition.expr = f.size("expr");
    condition.max = f.number("max", 0);
    variant.guard.push_back(std::move(condition));
  });
  fields.eachObject("parts", [&](Fields &f) {
    PlanPart part;
    part.blocks = f.size("blocks");
    part.outer = readClasses(f, "outer", ranges.classes);
    variant.parts.push_back(std::move(part));
  });
  ranges.parts = variant.parts.size();
  fields.eachObject("regions", [&](Fields &f) { variant.regions.push_back(readRegion(f, ranges)); });
  ranges.regions = variant.regions.size();
  if (variant.regions.empty())
    fields.complain("regions", "must not be empty");
  fields.eachObject("edges", [&](Fields &f) {
    PlanEdge edge;
    edge.value = f.number("value", 0, ranges.ops - 1);
    edge.region = f.number("region", 0, ranges.regions - 1);
    edge.scope = f.choice<Scope>("scope", kScopes);
    variant.edges.push_back(edge);
  });
  fields.eachObject("buffers", [&](Fields &f) { variant.buffers.push_back(readBuffer(f, ranges)); });
  fields.eachObject("barriers", [&](Fields &f) {
    PlanBarrier barrier;
    barrier.region = f.number("before", 0, ranges.regions - 1);
    barrier.isInside = f.flag("inside", true);
    barrier.scope = f.choice<Scope>("scope", kScopes);
    if (barrier.scope != Scope::Block && barrier.scope != Scope::Grid)
      f.complain("scope", "of a barrier must be block or grid");
    variant.barriers.push_back(barrier);
  });
  variant.threads = fields.number("threads", 1);
  variant.registers = fields.number("registers", 0);
  variant.shared = fields.size("shared");
  variant.workspace = fields.size("workspace");
  return variant;
}
} // namespace

std::optional<StitchPlan> planFromJson(const json::Value &value, std::string *reason) {
  std::string problem;
  StitchPlan plan;
  {
    Fields fields(value, "", problem);
    plan.arch = fields.text("arch");
    fields.each("classes", [&](const json::Value &entry, const Twine &where) {
      plan.classes.push_back(fields.size(entry, where));
    });
    fields.each("spaces", [&](const json::Value &entry, const Twine &where) {
      plan.spaces.push_back(readSpace(fields, entry, where, plan.classes.size()));
    });
    Ranges ranges;
    ranges.ops = plan.spaces.size();
    ranges.classes = plan.classes.size();
    fields.eachObject("variants", [&](Fields &f) { plan.variants.push_back(readVariant(f, ranges)); });
    if (plan.variants.empty())
      fields.complain("variants", "must not be empty");
  }
  if (problem.empty())
    return plan;
  if (reason)
    *reason = problem;
  return std::nullopt;
}

//===-- Attributes ------------------------------------------------------------------------------------------------===//

static Attribute toAttr(const json::Value &value, Builder &b) {
  if (const json::Object *object = value.getAsObject()) {
    SmallVector<NamedAttribute> fields;
    for (const auto &[name, field] : *object)
      fields.push_back(b.getNamedAttr(StringRef(name), toAttr(field, b)));
    return b.getDictionaryAttr(fields);
  }
  if (const json::Array *list = value.getAsArray())
    return b.getArrayAttr(llvm::map_to_vector(*list, [&](const json::Value &entry) { return toAttr(entry, b); }));
  if (std::optional<StringRef> text = value.getAsString())
    return b.getStringAttr(*text);
  if (std::optional<bool> flag = value.getAsBoolean())
    return b.getBoolAttr(*flag);
  return b.getI64IntegerAttr(*value.getAsInteger());
}

static std::string toUtf8(StringRef text) { return json::isUTF8(text) ? text.str() : json::fixUTF8(text); }

/// Attributes of other kinds become null, which no field of a plan may be.
static json::Value toJson(Attribute attr) {
  if (auto fields = dyn_cast<DictionaryAttr>(attr)) {
    json::Object object;
    for (NamedAttribute field : fields)
      object[toUtf8(field.getName().getValue())] = toJson(field.getValue());
    return object;
  }
  if (auto list = dyn_cast<ArrayAttr>(attr))
    return mapToJson(list, [](Attribute entry) { return toJson(entry); });
  if (auto text = dyn_cast<StringAttr>(attr))
    return toUtf8(text.getValue());
  if (auto flag = dyn_cast<BoolAttr>(attr))
    return flag.getValue();
  if (auto number = dyn_cast<IntegerAttr>(attr); number && number.getType().isSignlessInteger(64))
    return number.getInt();
  return nullptr;
}

DictionaryAttr toAttr(const StitchPlan &plan, MLIRContext *context) {
  Builder builder(context);
  return cast<DictionaryAttr>(toAttr(json::Value(toJson(plan)), builder));
}

std::optional<StitchPlan> planFromAttr(DictionaryAttr attr, std::string *reason) {
  return planFromJson(toJson(Attribute(attr)), reason);
}

} // namespace tao::stitch
