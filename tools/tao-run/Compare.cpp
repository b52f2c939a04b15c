// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Outputs against what is expected of them; see Compare.h.
#include "Compare.h"

#include "Error.h"
#include "Inputs.h"
#include "Npy.h"
#include "compiler/include/tao/Jit.h"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace tao::run {
namespace {

/// Bit-exact for integers of any size, where a double would round.
bool equalElements(const Array &a, const Array &b, size_t i) {
  if (a.dtype.code == TAO_INT || a.dtype.code == TAO_UINT) {
    size_t bytes = tao_dtype_bytes(a.dtype);
    return memcmp(static_cast<char *>(a.data()) + i * bytes, static_cast<char *>(b.data()) + i * bytes, bytes) == 0;
  }
  double x = a.at(i), y = b.at(i);
  return x == y || (std::isnan(x) && std::isnan(y));
}

bool closeElements(const Array &got, const Array &expected, size_t i, double atol, double rtol) {
  if (equalElements(got, expected, i))
    return true;
  double x = got.at(i), y = expected.at(i);
  return std::fabs(x - y) <= atol + rtol * std::fabs(y) && std::isfinite(y);
}

std::string indexText(size_t flat, const std::vector<int64_t> &shape) {
  std::string text = "]";
  for (size_t d = shape.size(); d-- > 0;) {
    text = (d ? ", " : "") + std::to_string(flat % size_t(shape[d])) + text;
    flat /= size_t(shape[d]);
  }
  return "[" + text;
}

std::string number(double value) {
  char text[40];
  snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

std::string typeText(const Array &array) {
  return std::string(tao_dtype_name(array.dtype)) + " " + shapeText(array.shape);
}

/// max|y - ref| / max|ref|; infinite when one has a NaN or infinity that the other has not.
double relativeError(const Array &got, const Array &reference) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (equalElements(got, reference, i)) {
      double y = std::fabs(reference.at(i));
      if (std::isfinite(y))
        scale = std::max(scale, y);
      continue;
    }
    double x = got.at(i), y = reference.at(i);
    if (!std::isfinite(x) || !std::isfinite(y))
      return INFINITY;
    worst = std::max(worst, std::fabs(x - y));
    scale = std::max(scale, std::fabs(y));
  }
  return worst == 0 ? 0 : worst / scale;
}

} // namespace

void verifyOutputs(const Outputs &outputs, const std::string &path, double tolerance, bool verbose) {
  NamedArrays references = readArrays(path);
  if (references.size() == 1 && references.count("") && outputs.size() == 1) {
    Array only = references.begin()->second;
    references = {{outputs[0].first, only}};
  }
  std::string problems;
  for (const auto &[name, got] : outputs) {
    auto found = references.find(name);
    if (found == references.end()) {
      problems += "\n  '" + name + "' is not in the file";
      continue;
    }
    // A reference is often kept in more precision than the model has.
    const Array &reference = found->second;
    if (reference.shape != got.shape) {
      problems += "\n  '" + name + "' is " + typeText(got) + ", the reference is " + typeText(reference);
      continue;
    }
    bool real = got.dtype.code == TAO_FLOAT || got.dtype.code == TAO_BFLOAT;
    Array converted = reference;
    if (!convertDtype(converted, got.dtype) && !real) {
      problems += "\n  '" + name + "' is " + typeText(got) + ", the reference is " + typeText(reference);
      continue;
    }
    double error = relativeError(got, converted), allowed = real ? tolerance : 0;
    if (verbose)
      fprintf(stderr, "%s: error %s\n", name.c_str(), number(error).c_str());
    if (!(error <= allowed))
      problems += "\n  '" + name + "' has error " + number(error) + ", more than " + number(allowed);
  }
  if (!problems.empty())
    throw Failure(ErrorCode::VerifyFailed, "the outputs differ from '" + path + "':" + problems);
}

std::vector<std::string> runChecks(const tao_jit_model &function, const Outputs &outputs) {
  std::vector<std::string> failures;
  for (int32_t c = 0; c < function.num_checks; ++c) {
    const tao_jit_check &check = function.checks[c];
    if (check.output < 0 || size_t(check.output) >= outputs.size())
      throw Failure(ErrorCode::Internal,
                    std::string(check.location) + ": a check of output " + std::to_string(check.output));
    const Array &got = outputs[size_t(check.output)].second;
    Array expected(*check.expected);
    std::string where = std::string(check.location) + ": ";
    if (got.shape != expected.shape || !sameDtype(got.dtype, expected.dtype)) {
      failures.push_back(where + "expected " + typeText(expected) + ", got " + typeText(got));
      continue;
    }
    size_t wrong = 0, first = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      bool good = check.kind == TAO_JIT_CHECK_EQ ? equalElements(got, expected, i)
                                                 : closeElements(got, expected, i, check.atol, check.rtol);
      if (!good && wrong++ == 0)
        first = i;
    }
    if (wrong > 0)
      failures.push_back(where + std::to_string(wrong) + " of " + std::to_string(got.size()) +
                         " elements differ, first at " + indexText(first, got.shape) + ": expected " +
                         number(expected.at(first)) + ", got " + number(got.at(first)));
  }
  return failures;
}

} // namespace tao::run
