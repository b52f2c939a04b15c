// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The structs that the compiler emits have the layout of the C structs that the runtime reads.
#include "mlir/Target/LLVMIR/TypeToLLVM.h"
#include "passes/host/ImageData.h"
#include "runtime/include/tao/model_abi.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/LLVMContext.h"
#include "gtest/gtest.h"

namespace {

class AbiLayout : public testing::Test {
protected:
  AbiLayout() { context.loadDialect<mlir::LLVM::LLVMDialect>(); }

  void expect(llvm::StringRef name, size_t size, std::vector<size_t> offsets) {
    seen.push_back(name.str());
    llvm::LLVMContext llvmContext;
    mlir::LLVM::TypeToLLVMIRTranslator translator(llvmContext);
    auto *type = llvm::cast<llvm::StructType>(translator.translateType(tao::getAbiStruct(&context, name)));
    llvm::DataLayout layout("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128");
    const llvm::StructLayout *members = layout.getStructLayout(type);
    EXPECT_EQ(members->getSizeInBytes(), size) << name.str();
    ASSERT_EQ(type->getNumElements(), offsets.size()) << name.str();
    for (size_t i = 0; i < offsets.size(); ++i)
      EXPECT_EQ(members->getElementOffset(i), offsets[i]) << name.str() << " member " << i;
  }
  mlir::MLIRContext context;
  std::vector<std::string> seen;
};

TEST_F(AbiLayout, EqualsC) {
#define AT(member) offsetof(S, member)
  {
    using S = tao_dtype;
    expect("tao_dtype", sizeof(S), {AT(code), AT(bits), AT(lanes)});
  }
  {
    using S = tao_dim;
    expect("tao_dim", sizeof(S), {AT(value), AT(expr)});
  }
  {
    using S = tao_value_info;
    expect("tao_value_info", sizeof(S), {AT(name), AT(dtype), AT(ndim), AT(dims), AT(alias)});
  }
  {
    using S = tao_kernel_info;
    expect("tao_kernel_info", sizeof(S), {AT(name), AT(kind), AT(nodes)});
  }
  {
    using S = tao_model_info;
    expect("tao_model_info", sizeof(S),
           {AT(size), AT(name), AT(compiler), AT(target), AT(cpu), AT(cpu_features), AT(num_inputs), AT(num_outputs),
            AT(num_symbols), AT(num_kernels), AT(inputs), AT(outputs), AT(symbols), AT(kernels), AT(weight_bytes),
            AT(arena_bytes), AT(libraries)});
  }
  {
    using S = tao_symbol_binding;
    expect("tao_symbol_binding", sizeof(S), {AT(input), AT(dim)});
  }
  {
    using S = tao_shape_check;
    expect("tao_shape_check", sizeof(S), {AT(kind), AT(lhs), AT(rhs), AT(message)});
  }
  {
    using S = tao_storage;
    expect("tao_storage", sizeof(S), {AT(kind), AT(index), AT(size_expr), AT(first_step), AT(last_step), AT(offset)});
  }
  {
    using S = tao_launch;
    expect("tao_launch", sizeof(S),
           {AT(fn), AT(kernel), AT(num_buffers), AT(num_dims), AT(num_failures), AT(buffers), AT(dims), AT(tasks),
            AT(cost), AT(failures), AT(takes_scratch)});
  }
  {
    using S = tao_pack;
    expect("tao_pack", sizeof(S), {AT(kernel), AT(num_launches), AT(launches)});
  }
  {
    using S = tao_library_operand;
    expect("tao_library_operand", sizeof(S), {AT(storage), AT(dtype), AT(constant), AT(strides)});
  }
  {
    using S = tao_post_op;
    expect("tao_post_op", sizeof(S), {AT(kind), AT(alpha), AT(beta), AT(operand)});
  }
  {
    using S = tao_matmul;
    expect("tao_matmul", sizeof(S),
           {AT(kernel), AT(slot), AT(num_batch), AT(batch), AT(m), AT(n), AT(k), AT(lhs), AT(rhs), AT(dst),
            AT(num_post_ops), AT(post_ops)});
  }
  {
    using S = tao_conv;
    expect("tao_conv", sizeof(S),
           {AT(kernel),       AT(slot),    AT(spatial),  AT(channels_last), AT(n),       AT(ic),
            AT(oc),           AT(groups),  AT(in),       AT(out),           AT(window),  AT(stride),
            AT(dilation),     AT(pad_low), AT(pad_high), AT(src),           AT(weights), AT(dst),
            AT(num_post_ops), AT(post_ops)});
  }
  {
    using S = tao_copy;
    expect("tao_copy", sizeof(S), {AT(kernel), AT(src), AT(dst), AT(bytes)});
  }
  {
    using S = tao_loop_view;
    expect("tao_loop_view", sizeof(S), {AT(storage), AT(reversed)});
  }
  {
    using S = tao_loop_follower;
    expect("tao_loop_follower", sizeof(S), {AT(storage), AT(start), AT(row)});
  }
  {
    using S = tao_loop;
    expect("tao_loop", sizeof(S),
           {AT(trips), AT(condition), AT(num_views), AT(num_swaps), AT(num_followers), AT(views), AT(swaps),
            AT(followers), AT(body)});
  }
  {
    using S = tao_branch;
    expect("tao_branch", sizeof(S), {AT(condition), AT(on_true), AT(on_false)});
  }
  {
    using S = tao_gpu_code;
    expect("tao_gpu_code", sizeof(S), {AT(kernel), AT(arch), AT(is_ptx), AT(bytes), AT(data)});
  }
  {
    using S = tao_gpu_code_table;
    expect("tao_gpu_code_table", sizeof(S), {AT(num_codes), AT(codes)});
  }
  {
    using S = tao_gpu_slot;
    expect("tao_gpu_slot", sizeof(S), {AT(offset), AT(bytes), AT(name)});
  }
  {
    using S = tao_gpu_kernel;
    expect("tao_gpu_kernel", sizeof(S),
           {AT(name), AT(threads), AT(shared_bytes), AT(asks_for_them), AT(num_sites), AT(num_slots), AT(emulated),
            AT(sites), AT(slots)});
  }
  {
    using S = tao_gpu_image;
    expect("tao_gpu_image", sizeof(S), {AT(num_kernels), AT(has_cpu_steps), AT(kernels), AT(code)});
  }
  {
    using S = tao_gpu_launch;
    expect("tao_gpu_launch", sizeof(S),
           {AT(kernel), AT(function), AT(num_reads), AT(num_writes), AT(num_dims), AT(num_failures), AT(buffers),
            AT(dims), AT(blocks), AT(failures)});
  }
  {
    using S = tao_image;
    expect("tao_image", sizeof(S),
           {AT(version), AT(info), AT(num_exprs), AT(num_checks), AT(num_storages), AT(num_slots), AT(num_steps),
            AT(bindings), AT(input_dims), AT(output_dims), AT(eval), AT(checks), AT(storages), AT(weights),
            AT(arena_bytes), AT(main), AT(scratch_bytes), AT(gpu)});
  }
  EXPECT_EQ(seen, std::vector<std::string>(tao::getAbiStructNames().begin(), tao::getAbiStructNames().end()));
}

} // namespace
