// A small valid radbatch.json that tests change in one place, and a folder of its own to load it from.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/model/bundle.hpp"
#include "temporary_folder.hpp"

namespace radbatch::testing {

/// Three classes, slices pooled by mean.
inline Json example_sidecar() {
  return Json::parse(R"({
    "format_version": "1.0", "name": "chest", "version": "2.1", "task": "three classes",
    "backends": [{"file": "models/model.ts", "kind": "torchscript"}],
    "inputs": [{"name": "image", "modality": ["CT", "CR"], "dims": [2, 3], "channels": 1}],
    "plan": [{"name": "ExtractSlices", "axis": 2}],
    "heads": [{"name": "lung", "kind": "multi-class", "activation": "softmax",
               "findings": [{"name": "Normal"}, {"name": "Lung Opacity", "code": "SCT:128477000"},
                            {"name": "气胸", "slug": "pneumothorax"}],
               "thresholds": {"pneumothorax": 0.5}}],
    "pooling": {"slices": "mean"}, "intended_use": "tests", "licence": "CC0-1.0"})");
}

/// A folder that ends with the object.
class BundleFolder {
 public:
  explicit BundleFolder(const Json& sidecar = example_sidecar()) { write("radbatch.json", sidecar.dump()); }

  void write(const std::string& file, const std::string& content) const {
    std::filesystem::create_directories((path / file).parent_path());
    std::ofstream(path / file, std::ios::binary) << content;
  }

  test::TemporaryFolder folder;
  std::filesystem::path path = folder.path();
};

inline Bundle load(const Json& sidecar) {
  return load_bundle(BundleFolder(sidecar).path);
}

/// The message of the error that `call` throws, its hint after " | ", paths before "radbatch.json" cut off.
template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    std::string text = problem.message();
    if (const auto at = text.find("/radbatch.json"); at != std::string::npos) text.erase(0, at + 1);
    return problem.hint().empty() ? text : text + " | " + problem.hint();
  }
  return "no error";
}

}  // namespace radbatch::testing
