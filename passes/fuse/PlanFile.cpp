// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanFile.h. The file is a user's: everything that is followed is checked before. Whether the plans of its groups
// keep their promises is for the checker to say, which looks at all plans alike.
#include "passes/fuse/PlanFile.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/fuse/GraphHash.h"
#include "passes/support/Json.h"

using namespace mlir;
namespace json = llvm::json;

namespace tao {

namespace {
/// Reads one file; complains about the first thing that is wrong.
class PlanFileReader {
public:
  explicit PlanFileReader(ErrorList &errors) : errors(errors) {}

  std::optional<PlanFile> read(StringRef text) {
    std::string reason;
    std::optional<json::Value> value = parseJson(text, reason);
    if (!value)
      return fail(reason);
    const json::Object *top = value->getAsObject();
    if (!top)
      return fail("it is no object");
    std::optional<int64_t> version = top->getInteger("tao_plan");
    if (!version)
      return fail("field tao_plan is missing or no number");
    if (*version != stitch::kStitchPlanVersion)
      return fail("it is of version " + std::to_string(*version) + ", this version of tao reads " +
                  std::to_string(stitch::kStitchPlanVersion));
    PlanFile file;
    if (!knowsAll(*top, {"tao_plan", "planner", "functions"}, "") || !readText(*top, "planner", "", file.planner))
      return std::nullopt;
    const PlannerInfo *planner = findPlanner(file.planner);
    if (!planner || !planner->stitches)
      return fail("planner '" + file.planner + "' is unknown or makes no plans");
    bool ok = each(*top, "functions", "", [&](const json::Object &object, const std::string &path) {
      return readFunction(object, path + ".", file.functions.emplace_back());
    });
    return ok ? std::optional(std::move(file)) : std::nullopt;
  }

private:
  std::nullopt_t fail(const std::string &reason) {
    errors.add(ErrorCode::BadPlan, "the plan file cannot be used: " + reason);
    return std::nullopt;
  }
  bool complain(const std::string &reason) {
    fail(reason);
    return false;
  }

  bool knowsAll(const json::Object &object, ArrayRef<StringRef> names, const std::string &path) {
    SmallVector<StringRef> unknown;
    for (const auto &field : object)
      if (!llvm::is_contained(names, StringRef(field.first)))
        unknown.push_back(field.first);
    return unknown.empty() || complain("field " + path + llvm::min_element(unknown)->str() + " is unknown");
  }
  bool readText(const json::Object &object, StringRef name, const std::string &path, std::string &result) {
    std::optional<StringRef> text = object.getString(name);
    if (!text)
      return complain("field " + path + name.str() + " is missing or no string");
    result = text->str();
    return true;
  }
  bool readNumbers(const json::Object &object, StringRef name, const std::string &path, std::vector<int64_t> &result) {
    const json::Array *list = object.getArray(name);
    for (const json::Value &entry : list ? *list : json::Array()) {
      std::optional<int64_t> number = entry.getAsInteger();
      if (!number || *number < 0 || (!result.empty() && *number <= result.back()))
        return complain("field " + path + name.str() + " must be a list of ascending numbers");
      result.push_back(*number);
    }
    return (list && !result.empty()) || complain("field " + path + name.str() + " must be a list of ascending numbers");
  }
  bool each(const json::Object &object, StringRef name, const std::string &path,
            llvm::function_ref<bool(const json::Object &, const std::string &)> read) {
    const json::Array *list = object.getArray(name);
    if (!list)
      return complain("field " + path + name.str() + " is missing or no list");
    for (auto [i, entry] : llvm::enumerate(*list)) {
      std::string place = path + name.str() + "[" + std::to_string(i) + "]";
      const json::Object *item = entry.getAsObject();
      if (!item)
        return complain(place + " is no object");
      if (!read(*item, place))
        return false;
    }
    return true;
  }

  bool readFunction(const json::Object &object, const std::string &path, PlanFileFunction &function) {
    return knowsAll(object, {"graph", "groups"}, path) && readText(object, "graph", path, function.graph) &&
           each(object, "groups", path, [&](const json::Object &item, const std::string &place) {
             return readGroup(item, place + ".", function.groups.emplace_back());
           });
  }

  bool readGroup(const json::Object &object, const std::string &path, PlanFileGroup &group) {
    if (!knowsAll(object, {"ops", "stores", "key", "plan"}, path) || !readNumbers(object, "ops", path, group.ops) ||
        !readNumbers(object, "stores", path, group.stores) || !readText(object, "key", path, group.key))
      return false;
    if (group.stores.back() >= static_cast<int64_t>(group.ops.size()))
      return complain("field " + path + "stores must be numbers of its ops");
    const json::Value *value = object.get("plan");
    std::string reason;
    std::optional<stitch::StitchPlan> plan = stitch::planFromJson(value ? *value : json::Value(nullptr), &reason);
    if (!plan)
      return complain(path + "plan: " + reason);
    if (plan->spaces.size() != group.ops.size())
      return complain(path + "plan: spaces must be as many as the group has ops");
    group.plan = std::move(*plan);
    return true;
  }

  ErrorList &errors;
};
} // namespace

std::optional<PlanFile> PlanFile::parse(StringRef text, ErrorList &errors) { return PlanFileReader(errors).read(text); }

json::Object writePlanFile(ModuleOp module) {
  std::string planner;
  json::Array functions;
  for (auto func : module.getOps<func::FuncOp>()) {
    auto graph = func->getAttrOfType<StringAttr>("tao.graph");
    auto symbols = func->getAttrOfType<ArrayAttr>("tao.symbols");
    if (!graph || !symbols)
      continue;
    llvm::StringMap<std::string> names;
    for (auto [i, name] : llvm::enumerate(symbols.getAsValueRange<StringAttr>()))
      names[name] = "s" + std::to_string(i);
    json::Array groups;
    for (auto group : func.getBody().front().getOps<stitch::GroupOp>()) {
      std::optional<stitch::Plan> plan = stitch::Plan::fromAttr(group.getPlan());
      if (!plan || !plan->stitch)
        continue;
      planner = plan->planner;
      renameSymbols(*plan->stitch, [&](const SymExpr &size) {
        return *renameSymbols(size, [&](StringRef name) { return std::optional(names.lookup(name)); });
      });
      // The body has the ops in order, and constants between them.
      json::Array stores;
      int64_t number = 0;
      for (Operation &op : group.getBody().front().without_terminator()) {
        if (isa<ConstantOp>(op))
          continue;
        if (llvm::any_of(op.getUsers(), llvm::IsaPred<stitch::YieldOp>))
          stores.push_back(number);
        ++number;
      }
      groups.push_back(json::Object{{"ops", json::Array(plan->ops)},
                                    {"stores", std::move(stores)},
                                    {"key", plan->key},
                                    {"plan", stitch::toJson(*plan->stitch)}});
    }
    functions.push_back(json::Object{{"graph", graph.getValue()}, {"groups", std::move(groups)}});
  }
  return json::Object{
      {"tao_plan", stitch::kStitchPlanVersion}, {"planner", planner}, {"functions", std::move(functions)}};
}

namespace {
/// One function's groups made of its ops.
class PlanFollower {
public:
  PlanFollower(const FunctionGraph &graph, const Arch &arch, ErrorList &errors)
      : graph(graph), arch(arch), errors(errors) {}

  std::optional<Partition> follow(const PlanFileFunction &function) {
    for (auto [i, group] : llvm::enumerate(function.groups)) {
      name = "group " + std::to_string(i);
      if (!addGroup(group))
        return std::nullopt;
    }
    return std::move(partition);
  }

private:
  bool refuse(const std::string &reason) {
    errors.add(ErrorCode::BrokenPlan, "the plan violates form: " + reason);
    return false;
  }

  bool addGroup(const PlanFileGroup &group) {
    if (group.ops.back() >= static_cast<int64_t>(graph.ops.size()))
      return refuse(name + " has op " + std::to_string(group.ops.back()) + ", the graph has " +
                    std::to_string(graph.ops.size()));
    if (group.plan.arch != arch.name) {
      errors.add(ErrorCode::OtherPlan, "the plan is for '" + group.plan.arch + "', not for '" + arch.name + "'",
                 "--arch names the machine to plan for");
      return false;
    }
    PlannedGroup &planned = partition.emplace_back();
    for (int64_t number : group.ops)
      planned.ops.push_back(graph.ops[number]);
    for (int64_t number : group.stores) {
      planned.roots.push_back(planned.ops[number]);
      if (isa<ReshapeOp>(planned.roots.back()))
        return refuse(name + " stores op " + std::to_string(group.ops[number]) + ", which is a view");
    }
    planned.plan = group.plan;
    bool knowsSymbols = true;
    ArrayRef<std::string> symbols = graph.symbols.getNames();
    renameSymbols(*planned.plan, [&](const SymExpr &size) {
      auto renamed = renameSymbols(size, [&](StringRef symbol) -> std::optional<std::string> {
        size_t number;
        if (!symbol.consume_front("s") || symbol.getAsInteger(10, number) || number >= symbols.size())
          return std::nullopt;
        return symbols[number];
      });
      knowsSymbols &= renamed.has_value();
      return renamed.value_or(SymExpr());
    });
    return knowsSymbols || refuse(name + " has a size symbol that the graph lacks");
  }

  const FunctionGraph &graph;
  const Arch &arch;
  ErrorList &errors;
  std::string name;
  Partition partition;
};
} // namespace

std::optional<Partition> applyPlanFile(const PlanFile &file, func::FuncOp func, const Arch &arch, ErrorList &errors) {
  FunctionGraph graph(func);
  for (const PlanFileFunction &function : file.functions)
    if (function.graph == graph.hash)
      return PlanFollower(graph, arch, errors).follow(function);
  errors.add(ErrorCode::OtherPlan, "the plan file is for another graph: it has no plan for " + graph.hash +
                                       ", function @" + func.getName().str());
  return std::nullopt;
}

} // namespace tao
