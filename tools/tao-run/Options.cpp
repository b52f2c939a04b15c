// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of tao-run; see Options.h.
#include "Options.h"

#include "Error.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <iostream>

namespace tao::run {
namespace {

Failure usage(const std::string &message) {
  return Failure(ErrorCode::Usage, message + "; tao-run --help lists the options");
}

int64_t parseSize(const std::string &text, const std::string &option) {
  char *end = nullptr;
  errno = 0;
  long long value = strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != 0 || errno != 0 || value < 0)
    throw usage(option + ": '" + text + "' is not a size");
  return value;
}

double parseNumber(const std::string &text, const std::string &option) {
  char *end = nullptr;
  double value = strtod(text.c_str(), &end);
  if (text.empty() || *end != 0)
    throw usage(option + ": '" + text + "' is not a number");
  return value;
}

/// "name:1x3x224x224"; names may hold colons themselves, so the last one counts. "name:" is a scalar.
void parseShape(const std::string &text, Options &options) {
  size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0)
    throw usage("--shape: '" + text + "' is not of the form input:2x3x4");
  std::vector<int64_t> shape;
  std::string rest = text.substr(colon + 1);
  for (size_t at = 0; at < rest.size();) {
    size_t end = std::min(rest.find('x', at), rest.size());
    shape.push_back(parseSize(rest.substr(at, end - at), "--shape"));
    at = end + 1;
    if (end + 1 == rest.size())
      throw usage("--shape: '" + text + "' ends in 'x'");
  }
  if (!options.shapes.emplace(text.substr(0, colon), shape).second)
    throw usage("--shape: input '" + text.substr(0, colon) + "' is given twice");
}

void parseDim(const std::string &text, Options &options) {
  size_t equal = text.rfind('=');
  if (equal == std::string::npos || equal == 0)
    throw usage("--dim: '" + text + "' is not of the form symbol=4");
  if (!options.dims.emplace(text.substr(0, equal), parseSize(text.substr(equal + 1), "--dim")).second)
    throw usage("--dim: symbol '" + text.substr(0, equal) + "' is given twice");
}

void parseRange(const std::string &text, Options &options) {
  size_t second = text.rfind(':');
  size_t first = second == std::string::npos || second == 0 ? std::string::npos : text.rfind(':', second - 1);
  if (first == std::string::npos || first == 0)
    throw usage("--range: '" + text + "' is not of the form input:low:high");
  Range range = {parseNumber(text.substr(first + 1, second - first - 1), "--range"),
                 parseNumber(text.substr(second + 1), "--range")};
  if (!(range.low < range.high))
    throw usage("--range: '" + text + "' is empty: values are drawn from low up to, but not including, high");
  options.ranges[text.substr(0, first)] = range;
}

/// Edits that turn one word into the other.
size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

/// A message for arguments that no option takes, with the nearest option by name.
std::string unknownArguments(const CLI::App &app) {
  std::string message;
  for (const std::string &argument : app.remaining()) {
    std::string name = argument.substr(0, argument.find('='));
    std::string best;
    for (const CLI::Option *option : app.get_options())
      for (const std::string &known : option->get_lnames())
        if (name.rfind("--", 0) == 0 && (best.empty() || editDistance(name, "--" + known) < editDistance(name, best)))
          best = "--" + known;
    message += (message.empty() ? "" : ", ") + ("unknown argument '" + argument + "'");
    if (!best.empty() && editDistance(name, best) <= 3)
      message += ", did you mean " + best + "?";
  }
  return message;
}

void checkTogether(const Options &options) {
  if (options.random && !options.input.empty())
    throw usage("--random and --input exclude each other");
  if (options.json && !options.bench)
    throw usage("--json needs --bench");
  if (!options.random && (!options.shapes.empty() || !options.dims.empty() || !options.ranges.empty()))
    throw usage("--shape, --dim and --range need --random");
  if (options.bench && options.interpret)
    throw usage("--bench and --interpret exclude each other");
  if (!options.trace.empty() && options.interpret)
    throw usage("--trace and --interpret exclude each other: the interpreter has no kernels");
  if (options.iterations < 0 || options.warmup < 0)
    throw usage("--iters and --warmup must not be negative");
  if (!options.target.empty() && options.target != "cpu" && options.target != "cuda")
    throw usage("--target: '" + options.target + "' is neither cpu nor cuda");
  if (options.interpret && !options.target.empty())
    throw usage("--interpret and --target exclude each other");
  if (options.emulate && options.target != "cuda")
    throw usage("--emulate needs --target=cuda");
  if (options.schedule != 0 && !options.emulate)
    throw usage("--schedule needs --emulate");
  if (!(options.tolerance >= 0))
    throw usage("--tolerance must not be negative");
}

} // namespace

std::optional<Options> parseOptions(int argc, char **argv) {
  Options options;
  std::vector<std::string> shapes, dims, ranges;
  CLI::App app("Runs a compiled model (model.so), or compiles a model (.onnx, .mlir) in process and runs it.\n"
               "Exit codes: 0 ok, 1 the model or its inputs, 2 usage, 3 internal, 4 input/output.",
               "tao-run");
  app.allow_extras();
  app.set_version_flag("--version", std::string("tao-run ") + TAO_VERSION);
  app.add_option("model", options.model, "model.so, model.onnx or file.mlir")->type_name("FILE");
  app.add_option("--input", options.input, "inputs by name: .npz, or .npy for a model with one input")
      ->type_name("FILE");
  app.add_option("--output", options.output, "where to write the outputs: .npz, or .npy for one output")
      ->type_name("FILE");
  app.add_option("--trace", options.trace, "write when each kernel ran, for Perfetto; after --bench, of five more runs")
      ->type_name("FILE");
  app.add_flag("--random", options.random, "random inputs instead of --input");
  app.add_option("--seed", options.seed, "of --random; equal seeds give equal inputs (default 0)")->type_name("N");
  app.add_option("--shape", shapes, "shape of a random input; may be repeated")
      ->type_name("NAME:2x3")
      ->allow_extra_args(false);
  app.add_option("--dim", dims, "value of a dynamic size, 1 otherwise; may be repeated")
      ->type_name("NAME=N")
      ->allow_extra_args(false);
  app.add_option("--range", ranges, "bounds of a random input, [-1, 1) or 0 and 1 otherwise; may be repeated")
      ->type_name("NAME:LO:HI")
      ->allow_extra_args(false);
  app.add_option("--verify", options.verify, "compare the outputs with those of this file")->type_name("FILE");
  app.add_option("--tolerance", options.tolerance, "of --verify: max|y-ref| / max|ref| per output (default 1e-5)")
      ->type_name("X");
  app.add_flag("--bench", options.bench, "measure the time of a run");
  app.add_option("--warmup", options.warmup, "runs before measuring, at least 2 (default 5)")->type_name("N");
  app.add_option("--iters", options.iterations, "measured runs (default: for about a second)")->type_name("N");
  app.add_flag("--json", options.json, "print the measurement as one JSON object");
  app.add_option("--threads", options.threads, "threads to run on (default 0: as many as the process may use)")
      ->type_name("N");
  app.add_flag("-v,--verbose", options.verbose, "print the error of each output that --verify compares");
  app.add_flag("--interpret", options.interpret, "run a .onnx or .mlir file in the reference interpreter");
  app.add_option("--target", options.target,
                 "the device that the model is for; a .onnx or .mlir file is compiled for it (default: what it is for)")
      ->type_name("cpu|cuda");
  app.add_flag(
      "--emulate", options.emulate,
      "with --target=cuda: run the kernels in the emulator and check them, on a model compiled with --emulate");
  app.add_option("--schedule", options.schedule,
                 "with --emulate: 0 runs GPU threads in order (default), any other number at random by it")
      ->type_name("N");
  app.add_option("--function", options.function, "which function of a .mlir file to run (default: all)")
      ->type_name("NAME");
  app.add_option("--compile-option", options.compileOptions,
                 "option for the compiler without its dashes, such as fusion=none; may be repeated")
      ->type_name("OPT")
      ->allow_extra_args(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp &) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::CallForVersion &) {
    std::cout << "tao-run " << TAO_VERSION << "\n";
    return std::nullopt;
  } catch (const CLI::ParseError &error) {
    throw usage(error.what());
  }
  if (app.remaining_size() > 0)
    throw usage(unknownArguments(app));
  if (options.model.empty())
    throw usage("no model is given");
  if (options.threads < 0 || options.threads > 1024)
    throw usage("--threads must be 0 to 1024");
  for (const std::string &text : shapes)
    parseShape(text, options);
  for (const std::string &text : dims)
    parseDim(text, options);
  for (const std::string &text : ranges)
    parseRange(text, options);
  checkTogether(options);
  return options;
}

} // namespace tao::run
