#include "radbatch/batch/convert_manifest.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// From 1, in the order of the case's images; 0 for an image whose header has none.
std::size_t number_of_frame(const Case& one, const Candidate& image) {
  std::vector<std::string> seen;
  const std::string wanted = text_of(image.attributes, "FrameOfReferenceUID");
  if (wanted.empty()) return 0;
  for (const Candidate& candidate : one.candidates) {
    const std::string uid = text_of(candidate.attributes, "FrameOfReferenceUID");
    if (uid == wanted) break;
    if (!uid.empty() && std::ranges::find(seen, uid) == seen.end()) seen.push_back(uid);
  }
  return seen.size() + 1;
}

/// ".nii.gz" of "p01-lesion.nii.gz".
std::string ending_of(const fs::path& path) {
  const std::string last = path.extension().string();
  return last == ".gz" ? path.stem().extension().string() + last : last;
}

}  // namespace

void describe_input(Json& input, const Case& one, const Json& file) {
  const Candidate& image = one.candidates.at(file.at("image").get<std::size_t>());
  if (!image.input.empty()) input["name"] = image.input;
  const std::size_t frame = one.candidates.size() > 1 ? number_of_frame(one, image) : 0;
  if (frame > 0) input["attributes"]["FrameOfReferenceUID"] = std::to_string(frame);
}

Json region_beside(const fs::path& run_folder, const Case& one) {
  Json region = one.region;
  if (!region.contains("mask")) return region;
  const fs::path source = region["mask"].at("path").get<std::string>();
  const std::string file = "masks/" + one.id + ending_of(source);
  region["mask"]["path"] = file;
  std::error_code missing;
  if (fs::is_regular_file(source, missing)) {
    make_folder(run_folder / "masks");
    write_file_atomically(run_folder / file, read_file(source));
  }
  return region;
}

}  // namespace radbatch
