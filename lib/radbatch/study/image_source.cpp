#include "radbatch/study/image_source.hpp"

#include "radbatch/base/error.hpp"

namespace radbatch {

namespace {

Json to_json(const std::vector<Plane>& planes) {
  Json all = Json::array();
  for (const Plane& plane : planes) {
    Json one = {plane.file, plane.frame};
    if (plane.rescale) one.insert(one.end(), {(*plane.rescale)[0], (*plane.rescale)[1]});
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<Plane> planes_from_json(const Json& json, std::size_t n_files) {
  std::vector<Plane> planes;
  for (const Json& one : json) {
    Plane plane{one.at(0).get<std::size_t>(), one.at(1).get<std::int64_t>(), std::nullopt};
    if (plane.file >= n_files) throw Error(ExitCode::internal, "image source: a plane of no file");
    if (one.size() == 4) plane.rescale = {one.at(2).get<double>(), one.at(3).get<double>()};
    planes.push_back(plane);
  }
  return planes;
}

}  // namespace

Json to_json(const ImageSource& source) {
  Json files = Json::array();
  for (const std::string& file : source.files) files.push_back(path_to_json(file));
  Json json{{"kind", name(source.kind)}, {"files", files}, {"attributes", source.attributes}};
  if (source.lps) json["lps"] = source.lps->m;
  if (source.time_points > 1) json["time_points"] = source.time_points;
  if (!source.planes.empty()) json["planes"] = to_json(source.planes);
  if (source.mosaic_side > 0) json["mosaic_side"] = source.mosaic_side;
  if (!source.positions.empty()) json["positions"] = source.positions;
  if (!source.plain.empty()) {
    Json& plain = json["plain"] = Json::array();
    for (const std::string& file : source.files) {
      const auto found = source.plain.find(file);
      plain.push_back(found == source.plain.end() ? Json() : to_json(found->second));
    }
  }
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
    source.time_points = json.value("time_points", std::int64_t{1});
    source.planes = planes_from_json(json.value("planes", Json::array()), source.files.size());
    source.mosaic_side = json.value("mosaic_side", std::int64_t{0});
    if (json.contains("positions")) json.at("positions").get_to(source.positions);
    if (json.contains("plain")) {
      for (std::size_t i = 0; i < source.files.size(); ++i) {
        const Json& plain = json["plain"].at(i);
        if (!plain.is_null()) source.plain.emplace(source.files[i], plain_pixels_from_json(plain));
      }
    }
    return source;
  } catch (const Json::exception& error) {
    throw Error(ExitCode::internal, std::string("image source: ") + error.what());
  }
}

}  // namespace radbatch
