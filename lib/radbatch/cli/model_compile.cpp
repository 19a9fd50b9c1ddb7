#include "radbatch/cli/model_compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/program.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/classify_worker.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/model_command.hpp"
#include "radbatch/model/golden.hpp"
#include "radbatch/worker/process.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;  // the sidecar keeps the order in which people wrote it

// What lies beside the bundle's own files while it is made; hidden, and on the same disk.
constexpr const char* work_prefix = ".compile-";

void require_kind(const CompileOptions& options) {
  if (options.backend == "openvino" || options.backend == "aotinductor") return;
  throw Error(ExitCode::usage, "cannot make a backend of kind '" + printable(options.backend) + "'",
              "--backend openvino or --backend aotinductor");
}

/// Without its library here nothing could prove what was made.
void require_runnable(const std::string& kind) {
  Backend made;
  made.kind = kind;
  const std::string obstacle = backend_obstacle("cpu")(made);
  if (obstacle.empty()) return;
  throw Error(
      ExitCode::model, "what is made " + obstacle,
      "build radbatch with OpenVINO (bash cmake/install-dependencies.sh, then configure again), or take "
      "--backend aotinductor");
}

/// The shape of the network's input, "8,1,64,64": the bundle's batch of what its known answers were asked
/// for.
std::string batch_shape(const Bundle& bundle) {
  std::vector<std::int64_t> item;
  for (const Golden& golden : load_golden(bundle)) {
    if (golden.outputs.empty()) continue;
    const std::vector<std::int64_t> shape(golden.tensor.shape.begin() + 1, golden.tensor.shape.end());
    if (!item.empty() && shape != item) {
      throw Error(ExitCode::model,
                  fmt::format("model '{}' takes items of several shapes ({} and {}); a compiled "
                              "network takes one",
                              bundle.name, fmt::join(item, "x"), fmt::join(shape, "x")));
    }
    item = shape;
  }
  if (item.empty()) {
    throw Error(
        ExitCode::model,
        "model '" + bundle.name + "' has no known answers, which prove that a compiled network says the same",
        "add \"golden\" entries with outputs to radbatch.json (models/README.md)");
  }
  return fmt::format("{},{}", bundle.batch, fmt::join(item, ","));
}

/// What of `modules` this Python lacks; nothing when it cannot be started.
std::optional<std::string> missing_modules(const std::string& python,
                                           const std::vector<std::string>& modules) {
  std::vector<std::string> words{
      python, "-c",
      "import sys, importlib.util as u\n"
      "print(*[name for name in sys.argv[1:] if u.find_spec(name) is None], sep=', ')"};
  words.insert(words.end(), modules.begin(), modules.end());
  const ProgramResult done = run_program(words);
  if (done.status != 0) return std::nullopt;
  return done.output.substr(0, done.output.find('\n'));
}

std::string find_python(const CompileOptions& options) {
  const std::vector<std::string> modules = options.backend == "openvino"
                                               ? std::vector<std::string>{"torch", "openvino"}
                                               : std::vector<std::string>{"torch"};
  const std::vector<std::string> candidates =
      options.python.empty() ? std::vector<std::string>{"python3", "python"} : std::vector{options.python};
  std::string found;
  for (const std::string& python : candidates) {
    const std::optional<std::string> missing = missing_modules(python, modules);
    if (missing && missing->empty()) return python;
    found += fmt::format("{}{} {}", found.empty() ? "" : "; ", printable(python),
                         missing ? "lacks " + printable(*missing) : "cannot be started");
  }
  throw Error(ExitCode::usage, "no Python with " + join(modules, " and ") + ": " + found,
              fmt::format("python3 -m venv venv; venv/bin/pip install {}; then add --python venv/bin/python",
                          fmt::join(modules, " ")));
}

fs::path compile_script() {
  const fs::path script = share_folder() / "models/tools/compile.py";
  std::error_code ignored;
  if (fs::exists(script, ignored)) return script;
  throw Error(ExitCode::internal, script.string() + " is missing", "install radbatch again");
}

/// A bundle that looks like another and shares its files, in which new ones can be tried. It goes with the
/// object.
class BundleCopy {
 public:
  explicit BundleCopy(const fs::path& bundle) : bundle_(fs::absolute(bundle)) {
    std::string pattern = (bundle_ / (std::string(work_prefix) + "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw Error(ExitCode::output, "cannot write in " + bundle_.string(),
                  "a compiled network is kept in the bundle: copy the bundle to where you may write");
    }
    folder_ = pattern;
    link_files();
  }
  BundleCopy(const BundleCopy&) = delete;
  BundleCopy& operator=(const BundleCopy&) = delete;
  ~BundleCopy() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  const fs::path& folder() const { return folder_; }

  /// Puts a file of the copy in its place in the bundle.
  void keep(const std::string& file) const {
    std::error_code failure;
    fs::rename(folder_ / file, bundle_ / file, failure);
    if (failure)
      throw Error(ExitCode::output, "cannot write " + (bundle_ / file).string() + ": " + failure.message());
  }

 private:
  void link_files() {
    // Folders are made anew, those behind links too: nothing is written through to the bundle before it is
    // proved.
    constexpr auto follow = fs::directory_options::follow_directory_symlink;
    for (auto at = fs::recursive_directory_iterator(bundle_, follow); at != fs::end(at); ++at) {
      if (at.depth() == 0 && at->path().filename().string().starts_with(work_prefix)) {
        at.disable_recursion_pending();
      } else if (at->is_directory()) {
        fs::create_directory(folder_ / at->path().lexically_relative(bundle_));
      } else {
        fs::create_symlink(at->path(), folder_ / at->path().lexically_relative(bundle_));
      }
    }
    fs::remove(folder_ / "radbatch.json");
  }

  fs::path bundle_, folder_;
};

/// Makes the network beside its source in `copy`; its entry for radbatch.json, files relative to the bundle.
OrderedJson make_backend(const CompileOptions& options, const Bundle& bundle, const Backend& source,
                         const std::string& python, const BundleCopy& copy) {
  const fs::path script = fs::path(source.file);
  const std::string ending = options.backend == "openvino" ? ".xml" : ".pt2";
  const fs::path made = copy.folder() / fs::path(script).replace_extension(ending);
  // The links of a former run are not to be written through.
  for (const char* old : {".xml", ".bin", ".pt2"}) fs::remove(fs::path(made).replace_extension(old));
  const ProgramResult done =
      run_program({python, "-B", compile_script().string(), (copy.folder() / script).string(), "--shape",
                   batch_shape(bundle), "--backend", options.backend, "--output", made.string()});
  if (done.status != 0) {
    throw Error(ExitCode::model,
                fmt::format("{} could not be compiled: {} ended with status {} (what it said stands above)",
                            (bundle.folder / source.file).string(), printable(python), done.status));
  }
  OrderedJson entry = OrderedJson::parse(done.output);
  const auto in_bundle = [&](OrderedJson& file) {
    file = (script.parent_path() / file.get<std::string>()).generic_string();
  };
  in_bundle(entry.at("file"));
  if (entry.contains("weights")) in_bundle(entry["weights"].at("file"));
  return entry;
}

/// The sidecar with the entry, first or last among the backends and in the place of one for the same file.
OrderedJson with_entry(OrderedJson sidecar, const OrderedJson& entry, bool first) {
  OrderedJson others = OrderedJson::array();
  for (const OrderedJson& backend : sidecar.at("backends")) {
    if (backend.value("file", "") != entry.at("file")) others.push_back(backend);
  }
  others.insert(first ? others.begin() : others.end(), entry);
  sidecar["backends"] = std::move(others);
  return sidecar;
}

/// How many known answers a worker reproduces with the backend `file` of the bundle in `folder`.
std::size_t prove(const fs::path& folder, const std::string& file) {
  Bundle bundle = load_bundle(folder);
  const auto made = std::ranges::find(bundle.backends, file, &Backend::file);
  verify_backend(bundle, *made);
  const std::size_t answers = load_in_worker(folder, *made).at("golden").get<std::size_t>();
  if (answers == 0) throw Error(ExitCode::model, "no known answer was asked for");
  return answers;
}

}  // namespace

int compile_model(const CompileOptions& options) {
  require_kind(options);
  require_runnable(options.backend);
  const Bundle bundle = load_bundle(options.bundle);
  const Backend& source = choose_backend(bundle, "torchscript");
  verify_backend(bundle, source);
  const std::string shape = batch_shape(bundle);
  const std::string python = find_python(options);
  const BundleCopy copy(bundle.folder);
  fmt::print(stderr, "compiling {} for batches of {}\n", source.file, shape);
  const OrderedJson entry = make_backend(options, bundle, source, python, copy);
  const std::string file = entry.at("file").get<std::string>();
  const OrderedJson sidecar =
      OrderedJson::parse(read_file(bundle.folder / "radbatch.json"));  // as people wrote it, not as completed
  // Alone of its kind in the copy, so that no other of the kind is proved in its place.
  OrderedJson alone = sidecar;
  alone["backends"] = OrderedJson::array({entry});
  write_file_atomically(copy.folder() / "radbatch.json", alone.dump(2) + "\n");
  const std::size_t answers = prove(copy.folder(), file);
  if (entry.contains("weights")) copy.keep(entry["weights"].at("file").get<std::string>());
  copy.keep(file);
  write_file_atomically(bundle.folder / "radbatch.json",
                        with_entry(sidecar, entry, options.prefer).dump(2) + "\n");
  fmt::print("{}: made, {} known answers within tolerance, {} in radbatch.json\n", file, answers,
             options.prefer ? "first" : "entered");
  return 0;
}

int compile_command(std::span<const std::string> words) {
  CompileOptions options;
  std::vector<std::string> bundles;
  CommandLine line("radbatch model compile", "Make a faster form of a model's network, for the CPU.",
                   "radbatch model compile models/body-region --python venv/bin/python --prefer");
  line.arguments("BUNDLE", bundles, "Folder of the model, which is written to");
  line.option({.names = "--backend",
               .metavar = "KIND",
               .help = "openvino (any CPU) or aotinductor (CPUs like this one; needs g++)",
               .standard = options.backend,
               .set = [&](const std::string& word) { options.backend = word; }});
  line.option({.names = "--python",
               .metavar = "PYTHON",
               .help = "Python that has torch, and openvino for that backend",
               .standard = "python3 or python",
               .set = [&](const std::string& word) { options.python = word; }});
  line.flag("--prefer", options.prefer, "Put it before the model's other backends, so that runs take it");
  std::vector<const char*> arguments{"radbatch model compile"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  if (const auto text = line.parse(static_cast<int>(arguments.size()), arguments.data())) {
    fmt::print("{}", *text);
    return 0;
  }
  if (bundles.size() != 1)
    throw Error(ExitCode::usage, "model compile takes one bundle", "radbatch model compile BUNDLE");
  options.bundle = bundles.front();
  return compile_model(options);
}

}  // namespace radbatch
