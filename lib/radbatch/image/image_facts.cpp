#include "radbatch/image/image_facts.hpp"

#include "radbatch/image/value_flags.hpp"

namespace radbatch {

Json facts_of(const Volume& volume) {
  Json facts = {{"size", volume.size},
                {"dims", volume.dims},
                {"frames", volume.frames},
                {"channels", volume.channels},
                {"type", name(volume.type)},
                {"has_geometry", volume.has_geometry},
                {"spacing_mm", {volume.lps.spacing(0), volume.lps.spacing(1), volume.lps.spacing(2)}}};
  if (!volume.frame_times_s.empty()) facts["frame_times_s"] = volume.frame_times_s;
  if (!volume.frame_indices.empty()) {
    facts["frame_indices"] = volume.frame_indices;
    facts["source_frames"] = volume.source_frames;
  }
  if (!volume.colour.empty()) facts["colour"] = volume.colour;
  return facts;
}

std::vector<std::string> flags_of_image(const ImageSource& source, const Volume& volume) {
  std::vector<std::string> flags = volume.flags;
  if (volume.samples.size() == 0) return flags;  // frames that went one by one
  for (std::string& flag : value_flags(source, volume)) flags.push_back(std::move(flag));
  return flags;
}

}  // namespace radbatch
