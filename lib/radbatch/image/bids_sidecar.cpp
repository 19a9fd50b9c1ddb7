#include "radbatch/image/bids_sidecar.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr std::uintmax_t LARGEST = 4 << 20;
constexpr std::size_t LONGEST_TEXT = 10240;  // as DICOM's LT

bool is_simple(const Json& value) {
  const auto is_number = [](const Json& part) { return part.is_number(); };
  if (value.is_string()) return value.get_ref<const std::string&>().size() <= LONGEST_TEXT;
  return value.is_number() ||
         (value.is_array() && value.size() <= 16 && std::ranges::all_of(value, is_number));
}

/// dcm2niix writes ImageType and the like as a list of texts.
Json joined(const Json& value) {
  const auto is_text = [](const Json& part) { return part.is_string(); };
  if (!value.is_array() || value.empty() || value.size() > 16 || !std::ranges::all_of(value, is_text))
    return value;
  return join(value.get<std::vector<std::string>>(), "\\");
}

}  // namespace

Json sidecar_attributes(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) > LARGEST || error) return Json::object();
  const Json content = Json::parse(read_file(path), nullptr, false);
  if (!content.is_object()) return Json::object();
  Json attributes{{"is_sidecar", true}};
  for (std::string_view word : series_keywords()) {
    const std::string keyword(word);
    // Of the UIDs only the one that says which images lie in one coordinate system.
    const bool is_identity = keyword.ends_with("UID") && keyword != "FrameOfReferenceUID";
    const bool is_foreign = is_identity || keyword == "Rows" || keyword == "Columns";
    const Json value = joined(content.value(keyword, Json()));
    if (is_foreign || !is_simple(value)) continue;
    const bool is_time = keyword == "EchoTime" || keyword == "RepetitionTime" || keyword == "InversionTime";
    attributes[keyword] = is_time && value.is_number() ? Json(value.get<double>() * 1000) : value;
  }
  const Json channels = content.value("channel_names", content.value("modality", Json()));
  if (channels.is_object() && channels.size() <= 64) attributes["channel_names"] = channels;
  return attributes;
}

}  // namespace radbatch
