// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stitch plans: text and attributes lead back to the same plan, and a plan with anything wrong in it is refused with
// the place of the fault.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FormatVariadic.h"
#include <functional>
#include <gtest/gtest.h>
#include <random>

using namespace tao;
using namespace tao::stitch;
namespace json = llvm::json;

namespace {

SymExpr parse(const char *text) { return *SymExpr::parse(text); }

/// Every field with a value of its own; two variants.
StitchPlan makePlan() {
  PlanRegion rows;
  rows.dominants = {2};
  rows.ops = {0, 1, 2};
  rows.placement = {{0, parse("ceildiv(n, 4)"), 4, 1, 1, 1}, {1, 1, 1, 32, parse("d"), 4}};
  PlanRegion columns = rows;
  columns.part = 1;
  columns.dominants = {4};
  columns.ops = {4};
  columns.lastBlockFinishes = true;

  PlanVariant staged;
  staged.guard = {{parse("d"), 8192}};
  staged.parts = {{parse("ceildiv(n, 4)"), {0}}, {SymExpr(3), {}}};
  staged.regions = {rows, columns};
  staged.edges = {{2, 1, Scope::Block}, {2, 0, Scope::Lane}, {4, 1, Scope::Grid}, {0, 1, Scope::Thread}};
  staged.buffers = {{2, MemoryLevel::Shared, false, 0, parse("16*d"), 0, 1},
                    {4, MemoryLevel::Workspace, true, parse("4*d"), 1024, 1, 1},
                    {0, MemoryLevel::Register, false, 0, 16, 0, 1}};
  staged.barriers = {{1, false, Scope::Block}, {1, true, Scope::Grid}};
  staged.threads = 128;
  staged.registers = 32;
  staged.shared = parse("16*d");
  staged.workspace = parse("4*d + 1024");
  PlanVariant last = staged;
  last.guard.clear();
  return {"sm_90",
          {parse("n"), parse("d")},
          {{{0}, {1}}, {{0}, {1}}, {{0}, {}, {1}}, {{1, 0}}, {{1}, {0}}},
          {staged, last}};
}

std::string print(const StitchPlan &plan) { return llvm::formatv("{0}", json::Value(toJson(plan))); }

TEST(StitchPlan, JsonRoundTrip) {
  std::string text = print(makePlan()), reason;
  auto value = json::parse(text);
  ASSERT_TRUE(static_cast<bool>(value));
  std::optional<StitchPlan> plan = planFromJson(*value, &reason);
  ASSERT_TRUE(plan) << reason;
  EXPECT_EQ(print(*plan), text);
  EXPECT_EQ(plan->variants[0].regions[0].placement[0].grid, parse("ceildiv(n, 4)"));
  EXPECT_TRUE(plan->variants[0].regions[1].lastBlockFinishes);
  EXPECT_EQ(plan->variants[0].edges[0].scope, Scope::Block);
}

TEST(StitchPlan, AttributeRoundTrip) {
  mlir::MLIRContext context;
  context.loadDialect<StitchDialect>();
  Plan plan;
  plan.planner = "stitch";
  plan.stitch = makePlan();
  plan.ops = {3, 4, 7, 8, 9};
  plan.key = "0123";
  std::string reason;
  std::optional<Plan> read = Plan::fromAttr(plan.toAttr(&context), &reason);
  ASSERT_TRUE(read && read->stitch) << reason;
  EXPECT_EQ(print(*read->stitch), print(*plan.stitch));
  EXPECT_EQ(read->ops, plan.ops);
  EXPECT_EQ(read->key, plan.key);
  plan.stitch.reset();
  read = Plan::fromAttr(plan.toAttr(&context));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->stitch);
}

TEST(StitchPlan, MalformedAttributes) {
  mlir::MLIRContext context;
  context.loadDialect<StitchDialect>();
  mlir::Builder b(&context);
  Plan plan;
  plan.stitch = makePlan();
  plan.ops = {0, 1, 2, 3, 4};
  auto edit = [&](llvm::StringRef name, mlir::Attribute value) {
    mlir::NamedAttrList fields(plan.toAttr(&context).getData());
    fields.set(name, value);
    std::string reason;
    EXPECT_FALSE(Plan::fromAttr(PlanAttr::get(&context, fields.getDictionary(&context)), &reason));
    return reason;
  };
  EXPECT_EQ(edit("ops", b.getDenseI64ArrayAttr({1, 2})), "a stitched plan needs a key and its ops, as many as spaces");
  EXPECT_EQ(edit("kind", b.getStringAttr("library")), "stitch must be a dictionary, of a memory group");
  EXPECT_EQ(edit("stitch", b.getUnitAttr()), "stitch must be a dictionary, of a memory group");
  mlir::NamedAttrList fields(toAttr(*plan.stitch, &context));
  fields.set("arch", b.getF32FloatAttr(1));
  EXPECT_EQ(edit("stitch", fields.getDictionary(&context)), "stitch: arch must be a string");
}

/// The reason why a plan is refused after `edit`.
std::string refuse(const std::function<void(json::Object &)> &edit) {
  json::Object object = toJson(makePlan());
  edit(object);
  std::string reason;
  EXPECT_FALSE(planFromJson(json::Value(std::move(object)), &reason));
  return reason;
}
json::Object &variant(json::Object &plan) { return *(*plan.getArray("variants"))[0].getAsObject(); }
json::Object &entry(json::Object &object, const char *list, size_t i = 0) {
  return *(*object.getArray(list))[i].getAsObject();
}

TEST(StitchPlan, RefusesMalformed) {
  const std::string kSize = " must be a number of at least 0 or a canonical size expression";
  EXPECT_EQ(refuse([](json::Object &p) { p.erase("arch"); }), "arch is missing");
  EXPECT_EQ(refuse([](json::Object &p) { p["arch"] = 3; }), "arch must be a string");
  EXPECT_EQ(refuse([](json::Object &p) { p["zeta"] = p["other"] = 3; }), "other is no field of a plan");
  EXPECT_EQ(refuse([](json::Object &p) { p["variants"] = 3; }), "variants must be a list");
  EXPECT_EQ(refuse([](json::Object &p) { p["variants"] = json::Array(); }), "variants must not be empty");
  EXPECT_EQ(refuse([](json::Object &p) { p["variants"] = json::Array{3}; }), "variants[0] must be an object");
  EXPECT_EQ(refuse([](json::Object &p) { p["classes"] = json::Array{"n+1"}; }), "classes[0]" + kSize);
  EXPECT_EQ(refuse([](json::Object &p) { p["classes"] = json::Array{"7"}; }), "classes[0]" + kSize);
  EXPECT_EQ(refuse([](json::Object &p) { p["classes"] = json::Array{-1}; }), "classes[0]" + kSize);
  EXPECT_EQ(refuse([](json::Object &p) { p["classes"] = json::Array{std::string(2000, 'n')}; }), "classes[0]" + kSize);
  EXPECT_EQ(refuse([](json::Object &p) { variant(p)["regions"] = json::Array(); }),
            "variants[0].regions must not be empty");
  EXPECT_EQ(refuse([](json::Object &p) { variant(p)["threads"] = 0; }),
            "variants[0].threads must be a number of at least 1");
  EXPECT_EQ(refuse([](json::Object &p) { variant(p).erase("shared"); }), "variants[0].shared is missing");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "guard")["max"] = "n"; }),
            "variants[0].guard[0].max must be a number of at least 0");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "parts")["outer"] = json::Array{2}; }),
            "variants[0].parts[0].outer[0] must be the number of a class");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "regions", 1)["part"] = 2; }),
            "variants[0].regions[1].part must be a number from 0 to 1");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "regions", 1)["finish"] = "now"; }),
            "variants[0].regions[1].finish has a value that it cannot have");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "regions")["ops"] = json::Array{1, 1}; }),
            "variants[0].regions[0].ops[1] must be the number of an op, above the one before");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "regions")["dominants"] = json::Array{3}; }),
            "variants[0].regions[0].dominants must be among the ops");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "edges")["value"] = 5; }),
            "variants[0].edges[0].value must be a number from 0 to 4");
  EXPECT_EQ(refuse([](json::Object &p) { p["spaces"] = json::Array{json::Array{json::Array{2}}}; }),
            "spaces[0] must name classes of the plan");
  EXPECT_EQ(refuse([](json::Object &p) { p["spaces"] = json::Array{json::Array{1}}; }),
            "spaces[0] must be a list of lists");
  EXPECT_EQ(refuse([](json::Object &p) { p["spaces"] = json::Array{1}; }), "spaces[0] must be a list");
  EXPECT_EQ(refuse([](json::Object &p) { entry(entry(variant(p), "regions"), "placement", 1)["class"] = 2; }),
            "variants[0].regions[0].placement[1].class must be a number from 0 to 1");
  EXPECT_EQ(refuse([](json::Object &p) { entry(entry(variant(p), "regions"), "placement")["lane"] = 0; }),
            "variants[0].regions[0].placement[0].lane must be a number of at least 1");
  EXPECT_EQ(refuse([](json::Object &p) { entry(entry(variant(p), "regions"), "placement")["seq"] = "n +"; }),
            "variants[0].regions[0].placement[0].seq" + kSize);
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "edges")["scope"] = "warp"; }),
            "variants[0].edges[0].scope must be one of thread, lane, block, grid");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "buffers")["level"] = "l2"; }),
            "variants[0].buffers[0].level must be one of register, shared, workspace");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "buffers", 1)["last"] = 0; }),
            "variants[0].buffers[1].last must be a number from 1 to 1");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "barriers")["scope"] = "lane"; }),
            "variants[0].barriers[0].scope of a barrier must be block or grid");
  EXPECT_EQ(refuse([](json::Object &p) { entry(variant(p), "barriers", 1)["inside"] = false; }),
            "variants[0].barriers[1].inside has a value that it cannot have");
  std::string reason;
  EXPECT_FALSE(planFromJson(nullptr, &reason));
  EXPECT_EQ(reason, "the plan must be an object");
}

/// All values of a plan, wherever they are.
void collect(json::Value &value, std::vector<json::Value *> &all) {
  all.push_back(&value);
  if (json::Object *object = value.getAsObject())
    for (auto &field : *object)
      collect(field.second, all);
  if (json::Array *list = value.getAsArray())
    for (json::Value &item : *list)
      collect(item, all);
}

// Whatever stands in whatever place: refused with a reason, or read as a plan that is written the same way.
TEST(StitchPlan, AnyValueAnywhere) {
  const json::Value values[] = {nullptr,
                                true,
                                -1,
                                0,
                                7,
                                1e300,
                                0.5,
                                "",
                                "n",
                                "thread",
                                json::Array(),
                                json::Object(),
                                json::Array{1, 2},
                                json::Object{{"class", 0}}};
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    json::Value plan = toJson(makePlan());
    std::vector<json::Value *> all;
    collect(plan, all);
    *all[random() % all.size()] = values[random() % std::size(values)];
    std::string reason;
    if (std::optional<StitchPlan> read = planFromJson(plan, &reason))
      EXPECT_EQ(json::Value(toJson(*read)), plan);
    else
      EXPECT_FALSE(reason.empty());
  }
}

} // namespace
