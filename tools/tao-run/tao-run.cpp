// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tao-run: runs a model on given or random inputs, writes or verifies its outputs, measures it.
#include "Bench.h"
#include "Compare.h"
#include "Emulation.h"
#include "Error.h"
#include "Inputs.h"
#include "Npy.h"
#include "Trace.h"
#include "compiler/include/tao/Jit.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

using namespace tao::run;

namespace {

/// The inputs that the options ask for, or those that a test file gives.
std::vector<Array> chooseInputs(const Session &session, const Options &options) {
  const tao_model_info &info = session.info();
  if (options.random)
    return randomInputs(info, options);
  if (!options.input.empty())
    return inputsFromFile(info, options.input);
  const tao_jit_model *function = session.testFunction();
  std::vector<Array> inputs;
  if (function)
    for (int32_t i = 0; i < function->num_inputs; ++i)
      inputs.emplace_back(function->inputs[i]);
  if (inputs.empty() && info.num_inputs > 0)
    throw Failure(ErrorCode::Usage,
                  "the model has inputs: give --input=FILE or --random; tao-run --help lists the options");
  return inputs;
}

/// Runs that --trace shows after --bench.
constexpr int kTracedRuns = 5;

/// Runs one model and does with its outputs what the options say. Returns the test file's checks that fail.
std::vector<std::string> runSession(Session &session, const Options &options) {
  std::vector<Array> inputs = chooseInputs(session, options);
  std::vector<tao_tensor> views;
  for (const Array &input : inputs)
    views.push_back(input.view());
  const tao_model_info &info = session.info();
  OutputTensors tensors(info);
  const char *expectedFailure = session.testFunction() ? session.testFunction()->expected_failure : nullptr;
  Trace trace(info);
  bool traceFirst = !options.trace.empty() && !options.bench;
  bool ran =
      traceFirst ? trace.run(session, views.data(), tensors.fresh()) : session.run(views.data(), tensors.fresh());
  if (expectedFailure) {
    if (!ran && session.error().find(expectedFailure) != std::string::npos)
      return {};
    return {session.name() + ": must fail with '" + expectedFailure + "', " +
            (ran ? "but runs" : "but fails with '" + session.error() + "'")};
  }
  if (!ran)
    throw Failure(ErrorCode::RunFailed, (session.name().empty() ? "" : session.name() + ": ") + session.error());
  Outputs outputs = tensors.copy(info);
  if (!options.output.empty())
    writeArrays(options.output, outputs);
  if (!options.verify.empty())
    verifyOutputs(outputs, options.verify, options.tolerance, options.verbose);
  std::vector<std::string> failures;
  if (session.testFunction())
    failures = runChecks(*session.testFunction(), outputs);
  if (options.bench) {
    bench(session, views, tensors, options);
    // After the measurement, so that neither disturbs the other.
    for (int i = 0; i < kTracedRuns && !options.trace.empty(); ++i)
      if (!trace.run(session, views.data(), tensors.fresh()))
        throw Failure(ErrorCode::RunFailed, session.error());
  }
  if (!options.trace.empty())
    trace.write(options.trace);
  return failures;
}

void runAll(const Options &options) {
  Emulation emulation(options);
  std::vector<std::unique_ptr<Session>> sessions = openSessions(options, emulation.getDevice());
  bool one = options.bench || !options.output.empty() || !options.verify.empty() || !options.trace.empty();
  if (sessions.size() > 1 && one) {
    std::string names;
    for (const auto &session : sessions)
      names += (names.empty() ? "" : ", ") + session->name();
    throw Failure(ErrorCode::Usage,
                  "--bench, --output, --trace and --verify take one function: choose by --function among " + names);
  }
  std::string failures;
  for (const auto &session : sessions)
    for (const std::string &failure : runSession(*session, options))
      failures += "\n  " + failure;
  if (!failures.empty())
    throw Failure(ErrorCode::CheckFailed, "checks do not hold:" + failures);
  emulation.finish(options.verbose);
}

/// Names come from files and may hold anything; what is neither UTF-8 nor printable does not reach a terminal.
std::string printable(std::string text) {
  for (size_t at = 0; at < text.size();) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    size_t length = byte(at) < 0x80 ? 1 : byte(at) >= 0xf0 ? 4 : byte(at) >= 0xe0 ? 3 : 2;
    bool valid = length == 1 ? byte(at) == '\n' || (byte(at) >= 0x20 && byte(at) != 0x7f)
                             : byte(at) >= 0xc2 && byte(at) <= 0xf4 && (byte(at) != 0xc2 || byte(at + 1) >= 0xa0);
    for (size_t i = 1; i < length; ++i)
      valid = valid && (byte(at + i) & 0xc0) == 0x80;
    if (!valid)
      text[at] = '?';
    at += valid ? length : 1;
  }
  return text;
}

/// libgomp, which oneDNN brings, lets threads spin at barriers for milliseconds by default. When another process holds
/// one of the CPUs that turns a run of 3 ms into one of 30; a spin of some 0.2 ms costs nothing on a quiet machine. A
/// setting of the user's own stands. Libraries must not change the environment of their host, so this is done here and
/// not in the runtime.
void shortenSpin() {
  if (!getenv("OMP_WAIT_POLICY"))
    setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
}

} // namespace

int main(int argc, char **argv) {
  shortenSpin();
  try {
    if (std::optional<Options> options = parseOptions(argc, argv))
      runAll(*options);
    if (fflush(stdout) != 0 || ferror(stdout))
      throw Failure(ErrorCode::Unwritable, "the standard output cannot be written");
    return 0;
  } catch (const Failure &failure) {
    fprintf(stderr, "tao-run: error[TAO-%s]: %s\n", failure.codeName(), printable(failure.what()).c_str());
    return failure.exitCode();
  } catch (const std::bad_alloc &) {
    fprintf(stderr, "tao-run: error[TAO-R007]: out of memory\n");
    return 1;
  } catch (const std::exception &error) {
    fprintf(stderr, "tao-run: error[TAO-R013]: %s\n", printable(error.what()).c_str());
    return 3;
  }
}
