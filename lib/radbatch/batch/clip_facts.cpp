#include "radbatch/batch/clip_facts.hpp"

#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {

void note_clip(Json& attributes, std::int64_t frames) {
  if (flag_of(attributes, "is_video")) {
    attributes.erase("is_video");
    attributes["was_video"] = true;
  }
  if (attributes.contains("frames")) attributes["frames"] = frames;
}

Json manifest_input(const std::filesystem::path& run_folder, const Json& file) {
  const std::string path = file.at("path").get<std::string>();
  Json input = {{"path", path}};
  if (file.value("frames", 1) < 2) return input;
  std::filesystem::path sidecar = run_folder / path;
  while (sidecar.has_extension()) sidecar.replace_extension();
  sidecar += ".json";
  std::error_code missing;
  if (!std::filesystem::exists(sidecar, missing)) return input;
  const Json facts = read_json_file(sidecar);
  if (facts.contains("frame_times_s")) input["attributes"] = {{"frame_times_s", facts["frame_times_s"]}};
  return input;
}

}  // namespace radbatch
