// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plans to attributes and back; see Plan.h.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tao::stitch {

static StringRef getName(PlanKind kind) {
  switch (kind) {
  case PlanKind::Memory:
    return "memory";
  case PlanKind::Library:
    return "library";
  case PlanKind::Online:
    return "online";
  }
  llvm_unreachable("no kind");
}

PlanAttr Plan::toAttr(MLIRContext *context) const {
  Builder b(context);
  SmallVector<Attribute> regionAttrs;
  for (const RegionPlan &region : regions) {
    const Placement &p = region.placement;
    SmallVector<NamedAttribute> fields{
        b.getNamedAttr("dominant", b.getI64IntegerAttr(region.dominant)),
        b.getNamedAttr("grid", b.getDenseI64ArrayAttr(p.grid)),
        b.getNamedAttr("tile", b.getI64IntegerAttr(p.tile)),
        b.getNamedAttr("seq", b.getDenseI64ArrayAttr(p.seq)),
        b.getNamedAttr("lane", b.getI64IntegerAttr(p.lane)),
        b.getNamedAttr("width", b.getI64IntegerAttr(p.width)),
    };
    if (p.piece >= 0) {
      fields.push_back(b.getNamedAttr("piece", b.getI64IntegerAttr(p.piece)));
      fields.push_back(b.getNamedAttr("piece_size", b.getI64IntegerAttr(p.pieceSize)));
    }
    regionAttrs.push_back(b.getDictionaryAttr(fields));
  }
  SmallVector<NamedAttribute> fields{
      b.getNamedAttr("version", b.getI64IntegerAttr(kPlanVersion)),
      b.getNamedAttr("planner", b.getStringAttr(planner)),
      b.getNamedAttr("kind", b.getStringAttr(getName(kind))),
      b.getNamedAttr("regions", b.getArrayAttr(regionAttrs)),
  };
  if (stitch) {
    fields.push_back(b.getNamedAttr("stitch", stitch::toAttr(*stitch, context)));
    fields.push_back(b.getNamedAttr("ops", b.getDenseI64ArrayAttr(ops)));
    fields.push_back(b.getNamedAttr("key", b.getStringAttr(key)));
  }
  if (kind == PlanKind::Online) {
    fields.push_back(b.getNamedAttr("rows", b.getI64IntegerAttr(online.rows)));
    fields.push_back(b.getNamedAttr("cols", b.getI64IntegerAttr(online.cols)));
  }
  return PlanAttr::get(context, b.getDictionaryAttr(fields));
}

std::optional<Plan> Plan::fromAttr(PlanAttr attr, std::string *reason) {
  auto fail = [&](const Twine &why) -> std::optional<Plan> {
    if (reason)
      *reason = why.str();
    return std::nullopt;
  };
  DictionaryAttr data = attr.getData();
  auto version = data.getAs<IntegerAttr>("version");
  if (!version || version.getInt() != kPlanVersion)
    return fail("plan needs version = " + Twine(kPlanVersion));
  auto planner = data.getAs<StringAttr>("planner");
  auto kind = data.getAs<StringAttr>("kind");
  const PlanKind kinds[] = {PlanKind::Memory, PlanKind::Library, PlanKind::Online};
  auto known = [&](PlanKind candidate) { return kind && getName(candidate) == kind.getValue(); };
  const PlanKind *found = llvm::find_if(kinds, known);
  if (!planner || found == std::end(kinds))
    return fail("plan needs a planner and a kind: memory, library or online");
  Plan plan;
  plan.planner = planner.getValue().str();
  plan.kind = *found;
  auto regions = data.getAs<ArrayAttr>("regions");
  if (!regions)
    return fail("plan needs regions");
  for (Attribute entry : regions) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto number = [&](StringRef name) { return fields ? fields.getAs<IntegerAttr>(name) : IntegerAttr(); };
    auto list = [&](StringRef name) { return fields ? fields.getAs<DenseI64ArrayAttr>(name) : DenseI64ArrayAttr(); };
    if (!number("dominant") || !list("grid") || !number("tile") || !list("seq") || !number("lane") || !number("width"))
      return fail("region needs dominant, grid, tile, seq, lane and width");
    RegionPlan region;
    region.dominant = number("dominant").getInt();
    region.placement.grid = llvm::to_vector(list("grid").asArrayRef());
    region.placement.tile = number("tile").getInt();
    region.placement.seq = llvm::to_vector(list("seq").asArrayRef());
    region.placement.lane = number("lane").getInt();
    region.placement.width = number("width").getInt();
    if (number("piece") && number("piece_size")) {
      region.placement.piece = number("piece").getInt();
      region.placement.pieceSize = number("piece_size").getInt();
    }
    if (region.placement.tile < 1 || region.placement.width < 1 || region.placement.pieceSize < 1)
      return fail("tile, width and piece_size must be positive");
    if (region.placement.piece >= 0 && !llvm::is_contained(region.placement.grid, region.placement.piece))
      return fail("piece must be a dim of the grid");
    plan.regions.push_back(std::move(region));
  }
  if (Attribute field = data.get("stitch")) {
    auto fields = dyn_cast<DictionaryAttr>(field);
    if (!fields || plan.kind != PlanKind::Memory)
      return fail("stitch must be a dictionary, of a memory group");
    std::string why;
    plan.stitch = planFromAttr(fields, &why);
    if (!plan.stitch)
      return fail("stitch: " + why);
    auto ops = data.getAs<DenseI64ArrayAttr>("ops");
    auto key = data.getAs<StringAttr>("key");
    if (!ops || !key || static_cast<size_t>(ops.size()) != plan.stitch->spaces.size())
      return fail("a stitched plan needs a key and its ops, as many as spaces");
    plan.ops = llvm::to_vector(ops.asArrayRef());
    plan.key = key.getValue().str();
  }
  auto rows = data.getAs<IntegerAttr>("rows"), cols = data.getAs<IntegerAttr>("cols");
  if (plan.kind != PlanKind::Online)
    return plan;
  if (!rows || !cols || rows.getInt() < 1 || cols.getInt() < 1)
    return fail("an online plan needs rows and cols, both positive");
  plan.online = {rows.getInt(), cols.getInt()};
  return plan;
}

LogicalResult PlanAttr::verify(function_ref<InFlightDiagnostic()> emitError, DictionaryAttr data) {
  static const llvm::StringSet<> known{"version", "planner", "kind", "regions", "stitch", "ops", "key", "rows", "cols"};
  for (NamedAttribute field : data)
    if (!known.contains(field.getName().getValue()))
      return emitError() << "unknown field '" << field.getName().getValue() << "' in plan";
  auto version = data.getAs<IntegerAttr>("version");
  if (!version || version.getInt() != kPlanVersion)
    return emitError() << "plan needs version = " << kPlanVersion;
  return success();
}

} // namespace tao::stitch
