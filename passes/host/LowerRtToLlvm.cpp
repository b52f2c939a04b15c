// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The image. Before: rt.program with a memory plan and weight offsets, kernels as LLVM functions. After: LLVM dialect
// only; `tao_image_data` is the one symbol others may refer to, `tao_weights_data` the one it needs beside the
// runtime's.
#include "passes/host/GpuImage.h"
#include "passes/host/Passes.h"
#include "passes/host/SizeTable.h"
#include "passes/host/WeightPlan.h"
#include "runtime/include/tao/model_abi.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERRTTOLLVM
#include "passes/host/Passes.h.inc"

namespace {
tao_dtype getDtype(Type type) {
  auto make = [&](int code) {
    return tao_dtype{static_cast<uint8_t>(code), static_cast<uint8_t>(type.getIntOrFloatBitWidth()), 1};
  };
  if (type.isInteger(1))
    return {TAO_BOOL, 8, 1};
  if (type.isBF16())
    return make(TAO_BFLOAT);
  if (isa<FloatType>(type))
    return make(TAO_FLOAT);
  return make(type.isUnsignedInteger() ? TAO_UINT : TAO_INT);
}
std::optional<tao_library_dtype> getLibraryDtype(Type type) {
  if (type.isF32())
    return TAO_LIB_F32;
  if (type.isBF16())
    return TAO_LIB_BF16;
  if (type.isF16())
    return TAO_LIB_F16;
  if (type.isUnsignedInteger(8))
    return TAO_LIB_U8;
  if (type.isInteger(8))
    return TAO_LIB_S8;
  if (type.isInteger(32))
    return TAO_LIB_S32;
  return std::nullopt;
}

class ImageEmitter {
public:
  ImageEmitter(ModuleOp module, rt::ProgramOp program)
      : module(module), program(program), image(module, program.getLoc()), gpu(module, image),
        builder(OpBuilder::atBlockEnd(module.getBody())) {}

  LogicalResult run(StringRef cpu, StringRef features, StringRef gpus, StringRef compiler);

private:
  Datum values(ArrayAttr attrs);
  std::vector<int32_t> extents(ArrayAttr attrs);
  Datum storages();
  Datum checks();
  LogicalResult emitSteps();
  FailureOr<Datum> step(rt::StepOpInterface op, int32_t number);
  FailureOr<Datum> launch(Operation *op, rt::PartAttr kernel, ValueRange buffers, int32_t number);
  Datum gpuLaunch(rt::LaunchOp op, int32_t function, int32_t number);
  Datum failures(ArrayAttr messages);
  Datum operand(Value buffer, rt::OperandAttr layout, Operation *op);
  Datum postOps(ArrayAttr attrs, ValueRange buffers, Operation *op);
  Datum info(StringRef cpu, StringRef features, StringRef gpus, StringRef compiler);
  /// The function that runs a block: int32_t name(tao_context *), the calls in order until one fails.
  void emitFunction(Block &block, const std::string &name);
  std::string emitBody(Region &region);
  Datum control(Operation *op);
  void declareRuntime();
  int32_t sizeNumber(StringRef text) { return sizes.number(text); }

  ModuleOp module;
  rt::ProgramOp program;
  ImageBuilder image;
  GpuImage gpu;
  OpBuilder builder;
  SizeTable sizes;
  DenseMap<Value, int32_t> storageNumbers;
  struct Call {
    StringRef function; // of the runtime
    std::string datum;
  };
  DenseMap<Operation *, Call> calls; // of steps and control flow
  llvm::StringSet<> called;
  std::vector<Datum> kernels;
  int64_t numBodies = 0, numControls = 0, scratchBytes = 0;
  int32_t numSlots = 0;
  bool failedType = false;
};

Datum ImageEmitter::values(ArrayAttr attrs) {
  std::vector<Datum> infos;
  for (rt::ValueAttr value : attrs.getAsRange<rt::ValueAttr>()) {
    std::vector<Datum> dims;
    for (const SymExpr &dim : getDims(value.getType()))
      dims.push_back(
          image.record("tao_dim", {image.integer(dim.constant().value_or(-1), 64), image.string(dim.str())}));
    tao_dtype dtype = getDtype(value.getType().getElementType());
    infos.push_back(image.record("tao_value_info",
                                 {image.string(value.getName()),
                                  image.record("tao_dtype", {image.integer(dtype.code, 8), image.integer(dtype.bits, 8),
                                                             image.integer(dtype.lanes, 16)}),
                                  image.integer(value.getType().getRank()), image.records("tao_dim", std::move(dims)),
                                  image.integer(value.getAlias())}));
  }
  return image.records("tao_value_info", std::move(infos));
}

std::vector<int32_t> ImageEmitter::extents(ArrayAttr attrs) {
  std::vector<int32_t> result;
  for (rt::ValueAttr value : attrs.getAsRange<rt::ValueAttr>())
    for (const SymExpr &dim : getDims(value.getType()))
      result.push_back(sizes.number(dim));
  return result;
}

Datum ImageEmitter::storages() {
  std::vector<Datum> records;
  auto add = [&](Operation *op, tao_storage_kind kind, int64_t index, const SymExpr &bytes, int64_t first, int64_t last,
                 int64_t offset) {
    storageNumbers[op->getResult(0)] = static_cast<int32_t>(records.size());
    records.push_back(
        image.record("tao_storage", {image.integer(kind), image.integer(index), image.integer(sizes.number(bytes)),
                                     image.integer(first), image.integer(last), image.integer(offset, 64)}));
  };
  auto bytesOf = [&](RankedTensorType type) {
    return getNumElements(getDims(type)) * SymExpr(getElementBytes(type.getElementType()));
  };
  for (Operation &op : program.getBody().front())
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](rt::InputOp input) {
          auto value = cast<rt::ValueAttr>(program.getInputs()[input.getIndex()]);
          add(input, TAO_STORAGE_INPUT, input.getIndex(), bytesOf(value.getType()), 0, 0, 0);
        })
        .Case([&](rt::OutputOp output) {
          auto value = cast<rt::ValueAttr>(program.getOutputs()[output.getIndex()]);
          add(output, TAO_STORAGE_OUTPUT, output.getIndex(), bytesOf(value.getType()), 0, 0, 0);
        })
        .Case([&](rt::WeightOp weight) {
          auto type = cast<RankedTensorType>(weight.getValue().getShapedType());
          add(weight, TAO_STORAGE_WEIGHT, 0, bytesOf(type), 0, 0, *weight.getOffset());
        })
        .Case([&](rt::ArenaOp arena) {
          add(arena, TAO_STORAGE_ARENA, 0, rt::getSize(arena.getBytes()), *arena.getFirst(), *arena.getLast(),
              *arena.getOffset());
        })
        .Case([&](rt::ViewOp view) {
          add(view, TAO_STORAGE_VIEW, storageNumbers.lookup(view.getBase()), rt::getSize(view.getBytes()), 0, 0, 0);
        });
  return image.records("tao_storage", std::move(records));
}

Datum ImageEmitter::checks() {
  std::vector<Datum> records;
  for (rt::CheckAttr check : program.getChecks().getAsRange<rt::CheckAttr>())
    records.push_back(image.record("tao_shape_check",
                                   {image.integer(check.getKind() == rt::CheckKind::Eq ? TAO_CHECK_EQ : TAO_CHECK_GE),
                                    image.integer(sizeNumber(check.getLhs())),
                                    image.integer(sizeNumber(check.getRhs())), image.string(check.getMessage())}));
  return image.records("tao_shape_check", std::move(records));
}

Datum ImageEmitter::operand(Value buffer, rt::OperandAttr layout, Operation *op) {
  std::optional<tao_library_dtype> dtype = getLibraryDtype(layout.getElementType());
  if (!dtype) {
    op->emitOpError() << "has an operand of type " << layout.getElementType() << ", which the library does not know";
    failedType = true;
  }
  SmallVector<int32_t> strides;
  for (StringAttr stride : layout.getStrides())
    strides.push_back(stride == "0" ? -1 : sizeNumber(stride));
  return image.record("tao_library_operand",
                      {image.integer(storageNumbers.lookup(buffer)), image.integer(dtype.value_or(TAO_LIB_F32)),
                       image.integer(layout.getConstant()), image.array(strides, TAO_MAX_RANK)});
}

Datum ImageEmitter::postOps(ArrayAttr attrs, ValueRange buffers, Operation *op) {
  std::vector<Datum> records;
  size_t next = 0;
  for (rt::PostOpAttr post : attrs.getAsRange<rt::PostOpAttr>()) {
    Datum operandDatum = post.getOperand()
                             ? operand(buffers[next++], post.getOperand(), op)
                             : image.record("tao_library_operand", {image.integer(-1), image.integer(0),
                                                                    image.integer(0), image.array({}, TAO_MAX_RANK)});
    records.push_back(
        image.record("tao_post_op", {image.integer(static_cast<int64_t>(post.getKind())),
                                     image.real(post.getAlpha().getValue().convertToFloat()),
                                     image.real(post.getBeta().getValue().convertToFloat()), operandDatum}));
  }
  return image.records("tao_post_op", std::move(records));
}

/// The struct of a kernel's launch.
FailureOr<Datum> ImageEmitter::launch(Operation *op, rt::PartAttr kernel, ValueRange storages, int32_t number) {
  if (!module.lookupSymbol<LLVM::LLVMFuncOp>(kernel.getKernel()))
    return op->emitOpError() << "launches " << kernel.getKernel() << ", which is no lowered kernel";
  std::vector<int32_t> buffers, dims = sizes.numbers(kernel.getSizes());
  for (Value buffer : storages)
    buffers.push_back(storageNumbers.lookup(buffer));
  scratchBytes = std::max(scratchBytes, kernel.getScratch());
  return image.record("tao_launch",
                      {image.address(kernel.getKernel().getValue()), image.integer(number),
                       image.integer(buffers.size()), image.integer(dims.size()),
                       image.integer(kernel.getFailures().size()), image.numbers(buffers), image.numbers(dims),
                       image.integer(sizeNumber(kernel.getTasks())), image.integer(sizeNumber(kernel.getCost())),
                       failures(kernel.getFailures()), image.integer(kernel.getScratch() > 0)});
}

Datum ImageEmitter::failures(ArrayAttr messages) {
  std::vector<Datum> texts;
  for (StringRef message : messages.getAsValueRange<StringAttr>())
    texts.push_back(image.string(message));
  return image.addresses(std::move(texts));
}

/// The struct of a GPU kernel's launch.
Datum ImageEmitter::gpuLaunch(rt::LaunchOp op, int32_t function, int32_t number) {
  std::vector<int32_t> buffers, dims = sizes.numbers(op.getSizes());
  for (Value buffer : op->getOperands())
    buffers.push_back(storageNumbers.lookup(buffer));
  return image.record("tao_gpu_launch",
                      {image.integer(number), image.integer(function), image.integer(op.getReads().size()),
                       image.integer(op.getWrites().size()), image.integer(dims.size()),
                       image.integer(op.getFailures().size()), image.numbers(buffers), image.numbers(dims),
                       image.integer(sizeNumber(op.getTasks())), failures(op.getFailures())});
}

/// The struct of one step.
FailureOr<Datum> ImageEmitter::step(rt::StepOpInterface op, int32_t number) {
  auto size = [&](StringRef text) { return image.integer(sizeNumber(text)); };
  auto storage = [&](Value buffer) { return image.integer(storageNumbers.lookup(buffer)); };
  if (auto single = dyn_cast<rt::LaunchOp>(*op)) {
    if (std::optional<int32_t> function = gpu.find(single.getKernel()))
      return gpuLaunch(single, *function, number);
    return launch(single,
                  rt::PartAttr::get(op.getContext(), single.getKernelAttr(), single.getReads().size(),
                                    single.getWrites().size(), single.getSizes(), single.getTasksAttr(),
                                    single.getCostAttr(), single.getFailures(), single.getScratch()),
                  single->getOperands(), number);
  }
  if (auto pack = dyn_cast<rt::PackOp>(*op)) {
    std::vector<Datum> launches;
    for (auto [part, buffers] : llvm::zip(pack.getParts().getAsRange<rt::PartAttr>(), pack.getPartBuffers())) {
      FailureOr<Datum> datum = launch(pack, part, buffers, number);
      if (failed(datum))
        return failure();
      launches.push_back(std::move(*datum));
    }
    int64_t numLaunches = launches.size();
    return image.record("tao_pack", {image.integer(number), image.integer(numLaunches),
                                     image.records("tao_launch", std::move(launches))});
  }
  if (auto copy = dyn_cast<rt::CopyOp>(*op))
    return image.record("tao_copy",
                        {image.integer(number), storage(copy.getSrc()), storage(copy.getDst()), size(copy.getBytes())});
  if (auto matmul = dyn_cast<rt::MatmulOp>(*op)) {
    std::vector<int32_t> batch = sizes.numbers(matmul.getBatch());
    return image.record("tao_matmul",
                        {image.integer(number), image.integer(numSlots++), image.integer(batch.size()),
                         image.array(batch, TAO_MAX_RANK), size(matmul.getM()), size(matmul.getN()),
                         size(matmul.getK()), operand(matmul.getLhs(), matmul.getLhsLayout(), op),
                         operand(matmul.getRhs(), matmul.getRhsLayout(), op),
                         operand(matmul.getDst(), matmul.getDstLayout(), op), image.integer(matmul.getPostOps().size()),
                         postOps(matmul.getPostOps(), matmul.getPostOperands(), op)});
  }
  if (auto conv = dyn_cast<rt::ConvOp>(*op)) {
    auto plain = [&](ArrayRef<int64_t> numbers) {
      return image.array(llvm::map_to_vector(numbers, [](int64_t n) { return static_cast<int32_t>(n); }), 3);
    };
    return image.record("tao_conv", {image.integer(number),
                                     image.integer(numSlots++),
                                     image.integer(conv.getWindow().size()),
                                     image.integer(conv.getChannelsLast()),
                                     size(conv.getN()),
                                     size(conv.getIc()),
                                     size(conv.getOc()),
                                     size(conv.getGroups()),
                                     image.array(sizes.numbers(conv.getIn()), 3),
                                     image.array(sizes.numbers(conv.getOut()), 3),
                                     plain(conv.getWindow()),
                                     plain(conv.getStrides()),
                                     plain(conv.getDilations()),
                                     plain(conv.getPadLow()),
                                     plain(conv.getPadHigh()),
                                     operand(conv.getSrc(), conv.getSrcLayout(), op),
                                     operand(conv.getWeights(), conv.getWeightsLayout(), op),
                                     operand(conv.getDst(), conv.getDstLayout(), op),
                                     image.integer(conv.getPostOps().size()),
                                     postOps(conv.getPostOps(), conv.getPostOperands(), op)});
  }
  return op->emitOpError() << "has no form in the image";
}

LogicalResult ImageEmitter::emitSteps() {
  for (auto [number, op] : llvm::enumerate(rt::getSteps(program))) {
    std::string nodes;
    for (StringRef node : op.getNodes().getAsValueRange<StringAttr>())
      nodes += (nodes.empty() ? "" : "\n") + node.str();
    kernels.push_back(
        image.record("tao_kernel_info", {image.string(op.getKernelName()),
                                         image.integer(static_cast<int64_t>(op.getKind())), image.string(nodes)}));
    FailureOr<Datum> datum = step(op, static_cast<int32_t>(number));
    if (failed(datum) || failedType)
      return failure();
    std::string name = "host.step." + std::to_string(number);
    image.global(name, *datum);
    StringRef function = llvm::TypeSwitch<Operation *, StringRef>(op)
                             .Case([&](rt::LaunchOp launch) {
                               return gpu.find(launch.getKernel()) ? "tao_rt_gpu_launch" : "tao_rt_launch";
                             })
                             .Case([](rt::PackOp) { return "tao_rt_pack"; })
                             .Case([](rt::MatmulOp) { return "tao_rt_matmul"; })
                             .Case([](rt::ConvOp) { return "tao_rt_conv"; })
                             .Default([](Operation *) { return "tao_rt_copy"; });
    calls[op] = {function, name};
    called.insert(function);
  }
  return success();
}

std::string ImageEmitter::emitBody(Region &region) {
  std::string name = "host.body." + std::to_string(numBodies++);
  emitFunction(region.front(), name);
  return name;
}

/// The struct of a loop or branch, whose bodies become functions.
Datum ImageEmitter::control(Operation *op) {
  auto storage = [&](Value buffer) { return image.integer(buffer ? storageNumbers.lookup(buffer) : -1); };
  if (auto branch = dyn_cast<rt::IfOp>(op)) {
    Datum onTrue = image.address(emitBody(branch.getThenBody())),
          onFalse = image.address(emitBody(branch.getElseBody()));
    return image.record("tao_branch", {storage(branch.getCondition()), onTrue, onFalse});
  }
  auto loop = cast<rt::LoopOp>(op);
  std::vector<Datum> views;
  for (auto [view, reversed] : llvm::zip(loop.getViews(), loop.getReversed()))
    views.push_back(image.record("tao_loop_view", {storage(view), image.integer(reversed)}));
  std::vector<int32_t> swaps;
  for (auto [current, next] : llvm::zip(loop.getCurrent(), loop.getNext()))
    swaps.insert(swaps.end(), {storageNumbers.lookup(current), storageNumbers.lookup(next)});
  std::vector<Datum> followers;
  for (auto [follower, row] : llvm::zip(loop.getFollowers(), loop.getFollowed())) {
    Value start = follower.getDefiningOp<rt::ViewOp>().getBase();
    followers.push_back(image.record("tao_loop_follower", {storage(follower), storage(start), storage(row)}));
  }
  Datum body = image.address(emitBody(loop.getBody()));
  int64_t numViews = views.size(), numSwaps = loop.getCurrent().size(), numFollowers = followers.size();
  return image.record("tao_loop",
                      {image.integer(loop.getTrips() ? sizeNumber(*loop.getTrips()) : -1), storage(loop.getCondition()),
                       image.integer(numViews), image.integer(numSwaps), image.integer(numFollowers),
                       image.records("tao_loop_view", std::move(views)), image.numbers(swaps),
                       image.records("tao_loop_follower", std::move(followers)), body});
}

void ImageEmitter::emitFunction(Block &body, const std::string &name) {
  for (Operation &op : body)
    if (isa<rt::LoopOp, rt::IfOp>(op)) {
      bool isLoop = isa<rt::LoopOp>(op);
      Datum datum = control(&op);
      Call call{isLoop ? "tao_rt_loop" : "tao_rt_branch", "host.control." + std::to_string(numControls++)};
      image.global(call.datum, datum);
      called.insert(call.function);
      calls[&op] = std::move(call);
    }
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i32 = builder.getI32Type();
  Location loc = program.getLoc();
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, LLVM::LLVMFunctionType::get(i32, {pointer}),
                                           LLVM::Linkage::Internal);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = function.addEntryBlock(builder);
  Value context = block->getArgument(0);
  Block *exit = builder.createBlock(&function.getBody(), function.getBody().end(), {i32}, {loc});
  LLVM::ReturnOp::create(builder, loc, exit->getArgument(0));
  builder.setInsertionPointToEnd(block);
  Value zero = LLVM::ConstantOp::create(builder, loc, i32, builder.getI32IntegerAttr(0));
  for (Operation &op : body) {
    auto call = calls.find(&op);
    if (call == calls.end())
      continue;
    Value datum = LLVM::AddressOfOp::create(builder, op.getLoc(), pointer, call->second.datum);
    Value status =
        LLVM::CallOp::create(builder, op.getLoc(), TypeRange{i32}, call->second.function, ValueRange{context, datum})
            .getResult();
    Value ok = LLVM::ICmpOp::create(builder, op.getLoc(), LLVM::ICmpPredicate::eq, status, zero);
    Block *next = builder.createBlock(exit);
    builder.setInsertionPointToEnd(block);
    LLVM::CondBrOp::create(builder, op.getLoc(), ok, next, ValueRange(), exit, ValueRange{status});
    block = next;
    builder.setInsertionPointToEnd(block);
  }
  LLVM::BrOp::create(builder, loc, ValueRange{zero}, exit);
}

void ImageEmitter::declareRuntime() {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i32 = builder.getI32Type();
  for (StringRef name : {"tao_rt_launch", "tao_rt_pack", "tao_rt_gpu_launch", "tao_rt_matmul", "tao_rt_conv",
                         "tao_rt_copy", "tao_rt_loop", "tao_rt_branch"})
    if (called.contains(name))
      LLVM::LLVMFuncOp::create(builder, program.getLoc(), name, LLVM::LLVMFunctionType::get(i32, {pointer, pointer}));
}

Datum ImageEmitter::info(StringRef cpu, StringRef features, StringRef gpus, StringRef compiler) {
  std::vector<Datum> symbols;
  for (rt::SymbolAttr symbol : program.getSymbols().getAsRange<rt::SymbolAttr>())
    symbols.push_back(image.string(symbol.getName()));
  auto name = module->getAttrOfType<StringAttr>("tao.model_name");
  int64_t numSymbols = symbols.size(), numKernels = kernels.size();
  image.global("host.info",
               image.record("tao_model_info",
                            {image.integer(sizeof(tao_model_info), 64), image.string(name ? name.getValue() : "model"),
                             image.string(compiler), image.string(gpus.empty() ? "cpu" : ("cuda " + gpus).str()),
                             image.string(cpu), image.string(features), image.integer(program.getInputs().size()),
                             image.integer(program.getOutputs().size()), image.integer(numSymbols),
                             image.integer(numKernels), values(program.getInputs()), values(program.getOutputs()),
                             image.addresses(std::move(symbols)), image.records("tao_kernel_info", std::move(kernels)),
                             image.integer(WeightPlan::get(module).bytes, 64),
                             image.integer(static_cast<int64_t>(*program.getArenaBytes()), 64),
                             image.string(numSlots ? "libdnnl.so.2" : "")}));
  return image.address("host.info");
}

LogicalResult ImageEmitter::run(StringRef cpu, StringRef features, StringRef gpus, StringRef compiler) {
  std::vector<Datum> bindings;
  for (rt::SymbolAttr symbol : program.getSymbols().getAsRange<rt::SymbolAttr>())
    bindings.push_back(
        image.record("tao_symbol_binding", {image.integer(symbol.getInput()), image.integer(symbol.getDim())}));
  std::vector<int32_t> inputDims = extents(program.getInputs()), outputDims = extents(program.getOutputs());
  Datum storageTable = storages(), checkTable = checks();
  if (failed(emitSteps()))
    return failure();
  int64_t numSteps = calls.size();
  emitFunction(program.getBody().front(), "host.main");
  declareRuntime();
  SmallVector<StringRef> symbols;
  for (rt::SymbolAttr symbol : program.getSymbols().getAsRange<rt::SymbolAttr>())
    symbols.push_back(symbol.getName());
  Datum infoAddress = info(cpu, features, gpus, compiler);
  bool hasCpuSteps = llvm::any_of(called.keys(), [](StringRef name) {
    return !llvm::is_contained({"tao_rt_gpu_launch", "tao_rt_copy", "tao_rt_loop", "tao_rt_branch"}, name);
  });
  Datum gpuAddress = gpu.emit(hasCpuSteps);

  Datum weights = image.null();
  if (WeightPlan::get(module).bytes > 0) {
    auto blob = LLVM::GlobalOp::create(builder, program.getLoc(), LLVM::LLVMArrayType::get(builder.getI8Type(), 0),
                                       /*isConstant=*/true, LLVM::Linkage::External, kWeightsSymbol, Attribute());
    blob.setVisibility_(LLVM::Visibility::Hidden);
    weights = image.address(kWeightsSymbol);
  }
  sizes.emitEval(builder, program.getLoc(), "host.eval", symbols);
  LLVM::GlobalOp top = image.global(
      "tao_image_data",
      image.record("tao_image", {image.integer(TAO_IMAGE_VERSION), infoAddress, image.integer(sizes.size()),
                                 image.integer(program.getChecks().size()), image.integer(storageNumbers.size()),
                                 image.integer(numSlots), image.integer(numSteps),
                                 image.records("tao_symbol_binding", std::move(bindings)), image.numbers(inputDims),
                                 image.numbers(outputDims), image.address("host.eval"), checkTable, storageTable,
                                 weights, image.integer(static_cast<int64_t>(*program.getArenaBytes()), 64),
                                 image.address("host.main"), image.integer(scratchBytes, 64), gpuAddress}));
  top.setLinkage(LLVM::Linkage::External);
  top.setVisibility_(LLVM::Visibility::Hidden);
  return success();
}

struct LowerRtToLlvm : impl::LowerRtToLlvmBase<LowerRtToLlvm> {
  using LowerRtToLlvmBase::LowerRtToLlvmBase;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto programs = llvm::to_vector(module.getOps<rt::ProgramOp>());
    if (programs.size() != 1 || !programs[0].getArenaBytes()) {
      module.emitError("expected one rt.program with a memory plan");
      return signalPassFailure();
    }
    for (auto weight : programs[0].getBody().front().getOps<rt::WeightOp>())
      if (!weight.getOffset()) {
        weight.emitOpError() << "has no place in the weight blob";
        return signalPassFailure();
      }
    ImageEmitter emitter(module, programs[0]);
    if (failed(emitter.run(cpu, cpuFeatures, gpus, compiler)))
      return signalPassFailure();
    module->setAttr("tao.arena_bytes", programs[0].getArenaBytesAttr());
    programs[0].erase();
  }
};
} // namespace
} // namespace tao
