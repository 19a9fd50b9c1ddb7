#include "radbatch/study/image_source.hpp"

#include "radbatch/base/error.hpp"

namespace radbatch {

Json to_json(const ImageSource& source) {
  Json files = Json::array();
  for (const std::string& file : source.files) files.push_back(path_to_json(file));
  Json json{{"kind", name(source.kind)}, {"files", files}, {"attributes", source.attributes}};
  if (source.lps) json["lps"] = source.lps->m;
  return json;
}

ImageSource image_source_from_json(const Json& json) {
  try {
    ImageSource source;
    const auto kind = find_file_kind(json.at("kind").get<std::string>());
    if (!kind) throw Error(ExitCode::internal, "image source: unknown kind " + json.at("kind").dump());
    source.kind = *kind;
    for (const Json& file : json.at("files")) source.files.push_back(path_from_json(file));
    source.attributes = json.at("attributes");
    if (json.contains("lps")) {
      source.lps.emplace();
      json.at("lps").get_to(source.lps->m);
    }
    return source;
  } catch (const Json::exception& error) {
    throw Error(ExitCode::internal, std::string("image source: ") + error.what());
  }
}

}  // namespace radbatch
