#include "radbatch/cli/model_options.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

std::string parse_precision(const std::string& word) {
  if (word == "fp32" || word == "bf16" || word == "auto") return word;
  throw Error(ExitCode::usage, "there is no precision '" + printable(word) + "'; known: fp32, bf16, auto");
}

std::string parse_device(const std::string& word) {
  if (word == "cpu" || word == "cuda") return word;
  if (!word.starts_with("cuda:"))
    throw Error(ExitCode::usage, "expected cpu, cuda or cuda:N, not '" + printable(word) + "'");
  return "cuda:" + std::to_string(parse_count(word.substr(5)));
}

}  // namespace

void declare_model_option(CommandLine& line, std::filesystem::path& model) {
  OptionInfo info{"--model",     {},    "BUNDLE", "Folder of the model (with radbatch.json)", {}, {},
                  Shown::common, false, {}};
  info.set = [&model](const std::string& word) { model = word; };
  line.group("Model").option(std::move(info));
}

void declare_image_choice(CommandLine& line, ImageChoice& choice, Thumbnails& thumbnails) {
  OptionInfo rules{"--select",
                   {},
                   "RULES",
                   "Rule file or preset:NAME that says which image of a case is meant",
                   "the model's",
                   {},
                   Shown::common,
                   false,
                   {}};
  rules.set = [&choice](const std::string& word) { choice.select = word; };
  line.option(std::move(rules));
  OptionInfo many{"--on-many",
                  {},
                  "RULE",
                  "When several images fit: error, first, most-slices, newest, all",
                  "the model's",
                  {},
                  Shown::common,
                  false,
                  {}};
  many.set = [&choice](const std::string& word) { choice.on_many = parse_on_many(word); };
  line.option(std::move(many));
  OptionInfo pictures{
      "--thumbnails",
      {},
      "WHICH",
      "Images that may be pictured: none, safe (not ultrasound and others that may show names), all",
      "safe",
      {},
      Shown::all,
      false,
      {}};
  pictures.set = [&thumbnails](const std::string& word) { thumbnails = parse_thumbnails(word); };
  line.option(std::move(pictures));
}

void declare_reference_option(CommandLine& line, bool& reference) {
  line.flag("--reference", reference,
            "Prepare images step by step, slowly, to compare with; recorded in the output", Shown::all);
}

void declare_preview_option(CommandLine& line, PreviewOptions& preview) {
  line.option(
      {.names = "--preview",
       .metavar = "N",
       .help =
           "Draw what the model sees of N cases (24) and the extremes, beside the images, in preview.html",
       .set = [&preview](const std::string& word) { preview.n = parse_count(word); },
       .alone = "24"});
}

void declare_cache_option(CommandLine& line, std::filesystem::path& cache) {
  line.option({.names = "--cache",
               .metavar = "DIR",
               .help = "Folder of prepared tensors that runs share; may be emptied at any time",
               .shown = Shown::all,
               .set = [&cache](const std::string& word) { cache = word; }});
}

void declare_backend_options(CommandLine& line, InferOptions& options, SharedOptions& shared) {
  OptionInfo device{"--device", {}, "DEVICE",      "cpu, cuda or cuda:N; a device that is absent is an error",
                    "cpu",      {}, Shown::common, false,
                    {}};
  device.set = [&shared](const std::string& word) { shared.run.device = parse_device(word); };
  line.option(std::move(device));
  line.text(
      "--backend", "KIND", options.backend,
      "torchscript, aotinductor, openvino or a file of the model, instead of its first that can run here",
      Shown::all);
  OptionInfo precision{"--precision",
                       {},
                       "KIND",
                       "fp32, bf16, or auto: bf16 where the known answers stay and it is faster",
                       "fp32",
                       {},
                       Shown::all,
                       false,
                       {}};
  precision.set = [&options](const std::string& word) { options.precision = parse_precision(word); };
  line.option(std::move(precision));
  OptionInfo threads{"--threads", {},    "N", "Threads of each network, for experts", "1", {},
                     Shown::all,  false, {}};
  threads.set = [&shared](const std::string& word) { shared.threads = static_cast<int>(parse_count(word)); };
  line.option(std::move(threads));
  line.flag("--allow-unverified-model", options.allow_unverified,
            "Run weights whose hash is missing or different; recorded in the output", Shown::all);
}

void require_model(const std::filesystem::path& model) {
  if (model.empty()) throw Error(ExitCode::usage, "no model given", "name its folder with --model BUNDLE");
}

}  // namespace radbatch
