#include "radbatch/study/image_index.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/version.hpp"

namespace radbatch {
namespace {

Json header() {
  return {{"format", "radbatch-images"}, {"version", version()}, {"git_revision", git_revision()}};
}

Json image_json(const Candidate& image) {
  Json json{{"input", image.input},          {"series", image.series},
            {"instance", image.instance},    {"kind", name(image.source.kind)},
            {"n_files", image.files.size()}, {"attributes", image.attributes}};
  if (image.reason) json["reason"] = code(*image.reason);
  if (!image.detail.empty()) json["detail"] = image.detail;
  return json;
}

Candidate image_of(Json json) {
  Candidate image;
  json.at("input").get_to(image.input);
  json.at("series").get_to(image.series);
  json.at("instance").get_to(image.instance);
  image.source.kind = find_file_kind(json.at("kind").get<std::string>()).value_or(FileKind::none);
  image.attributes = std::move(json.at("attributes"));
  if (json.contains("reason")) image.reason = find_reason(json["reason"].get<std::string>());
  image.detail = json.value("detail", "");
  return image;
}

Json case_json(const Case& one) {
  Json images = Json::array(), members = Json::array();
  for (const Candidate& image : one.candidates) images.push_back(image_json(image));
  for (const Member& member : one.members) {
    members.push_back(
        {{"series", member.series}, {"instance", member.instance}, {"reason", code(member.reason)}});
  }
  return {{"case_id", one.id}, {"images", images}, {"members", members}};
}

Case case_of(Json json) {
  Case one;
  json.at("case_id").get_to(one.id);
  for (Json& image : json.at("images")) one.candidates.push_back(image_of(std::move(image)));
  for (const Json& member : json.at("members")) {
    Member& added = one.members.emplace_back();
    member.at("series").get_to(added.series);
    member.at("instance").get_to(added.instance);
    added.reason = find_reason(member.at("reason").get<std::string>()).value_or(Reason::not_image);
  }
  return one;
}

}  // namespace

std::string image_index_text(std::span<const Case> cases) {
  std::string text = canonical(header()) + "\n";
  for (const Case& one : cases) text += canonical(case_json(one)) + "\n";
  return text;
}

std::optional<std::vector<Case>> cases_of_image_index(std::string_view text) {
  std::vector<Case> cases;
  bool is_first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Json line = Json::parse(text.substr(0, end), nullptr, false);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.is_discarded() || (is_first && line != header())) return std::nullopt;
    if (!is_first) cases.push_back(case_of(std::move(line)));
    is_first = false;
  }
  if (is_first) return std::nullopt;
  return cases;
}

}  // namespace radbatch
