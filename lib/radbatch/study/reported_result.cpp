#include "radbatch/study/reported_result.hpp"

#include <algorithm>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t longest_text = 64;   // characters of VR LO (PS3.5, table 6.2-1)
constexpr std::size_t longest_short = 16;  // of VR SH

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

Json to_json(const CodedConcept& coded) {
  return {{"value", coded.value}, {"scheme", coded.scheme}, {"meaning", coded.meaning}};
}

CodedConcept concept_from_json(const Json& json) {
  return {json.at("value").get<std::string>(), json.at("scheme").get<std::string>(),
          json.at("meaning").get<std::string>()};
}

void add_study(const ReportedStudy& study, Json& json) {
  json["files"] = Json::array();
  for (const std::string& file : study.files) json["files"].push_back(path_to_json(file));
  json["algorithm"] = {{"name", study.algorithm.name},
                       {"version", study.algorithm.version},
                       {"parameters", study.algorithm.parameters}};
  json["time"] = {{"utc", study.time.utc}, {"local", study.time.local}};
  json["series_description"] = study.series_description;
}

ReportedStudy study_from_json(const Json& json) {
  ReportedStudy study;
  for (const Json& file : json.at("files")) study.files.push_back(path_from_json(file));
  const Json& algorithm = json.at("algorithm");
  algorithm.at("name").get_to(study.algorithm.name);
  algorithm.at("version").get_to(study.algorithm.version);
  algorithm.at("parameters").get_to(study.algorithm.parameters);
  json.at("time").at("utc").get_to(study.time.utc);
  json.at("time").at("local").get_to(study.time.local);
  json.at("series_description").get_to(study.series_description);
  return study;
}

}  // namespace

std::string short_text(std::string_view utf8) {
  std::string text;
  std::size_t characters = 0;
  for (const char c : printable(utf8)) {
    if (!is_continuation(c) && ++characters > longest_text) break;
    text += c == '\\' ? '/' : c;
  }
  return text;
}

std::optional<CodedConcept> parse_concept(std::string_view code, std::string_view name) {
  const std::size_t first = code.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = code.substr(0, first);
  std::string_view value = code.substr(first + 1), meaning = name;
  if (const std::size_t second = value.find(':'); second != std::string_view::npos) {
    meaning = value.substr(second + 1);
    value = value.substr(0, second);
  }
  const bool fits = !scheme.empty() && scheme.size() <= longest_short && is_plain(scheme) && !value.empty() &&
                    value.size() <= longest_text && is_plain(value) && !meaning.empty();
  if (!fits) return std::nullopt;
  return CodedConcept{std::string(value), std::string(scheme), short_text(meaning)};
}

CodedConcept private_concept(std::string_view label, std::string_view name) {
  return {std::string(label), std::string(PRIVATE_CODING_SCHEME), short_text(name.empty() ? label : name)};
}

Json to_json(const ReportedResult& result) {
  Json json = {{"findings", Json::array()}, {"classes", Json::array()}};
  for (const ReportedFinding& finding : result.findings) {
    json["findings"].push_back({{"label", finding.label},
                                {"code", to_json(finding.coded)},
                                {"value", finding.value},
                                {"is_probability", finding.is_probability},
                                {"decision", finding.decision ? Json(*finding.decision) : Json()}});
  }
  for (const ReportedClass& one : result.classes)
    json["classes"].push_back({{"head", to_json(one.head)}, {"finding", to_json(one.finding)}});
  add_study(result.study, json);
  return json;
}

Json to_json(const ReportedPicture& picture) {
  Json json = {{"picture", path_to_json(picture.picture)},
               {"derivation", picture.derivation},
               {"may_show_text", picture.may_show_text},
               {"number", picture.number}};
  add_study(picture.study, json);
  return json;
}

ReportedResult reported_result_from_json(const Json& json) {
  ReportedResult result;
  result.study = study_from_json(json);
  for (const Json& one : json.at("findings")) {
    ReportedFinding& finding = result.findings.emplace_back();
    one.at("label").get_to(finding.label);
    finding.coded = concept_from_json(one.at("code"));
    one.at("value").get_to(finding.value);
    one.at("is_probability").get_to(finding.is_probability);
    if (!one.at("decision").is_null()) finding.decision = one["decision"].get<bool>();
  }
  for (const Json& one : json.at("classes"))
    result.classes.push_back({concept_from_json(one.at("head")), concept_from_json(one.at("finding"))});
  return result;
}

ReportedPicture reported_picture_from_json(const Json& json) {
  ReportedPicture picture;
  picture.study = study_from_json(json);
  picture.picture = path_from_json(json.at("picture"));
  json.at("derivation").get_to(picture.derivation);
  json.at("may_show_text").get_to(picture.may_show_text);
  json.at("number").get_to(picture.number);
  return picture;
}

}  // namespace radbatch
