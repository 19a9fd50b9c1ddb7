#include "radbatch/study/manifest.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

const std::vector<std::string> input_keys{"name", "path",       "series", "instance",
                                          "kind", "attributes", "reason", "detail"};
const std::vector<std::string> case_keys{"case_id", "status",      "reason", "detail", "inputs",
                                         "flags",   "patient_key", "roi",    "mask"};
// Named in the contract, not executed by this version: ignoring it would score other frames than were meant.
constexpr std::array<std::string_view, 1> later_keys{"frames"};

bool is_known(const std::vector<std::string>& keys, const std::string& key) {
  return std::ranges::find(keys, key) != keys.end();
}

/// A fault of the line; the reader puts the file and the line number in front.
[[noreturn]] void wrong(const std::string& why, std::string hint = {}) {
  throw Error(ExitCode::usage, why, std::move(hint));
}

void refuse_later_key(const std::string& key) {
  if (std::ranges::find(later_keys, key) != later_keys.end()) {
    wrong("\"" + key + "\" is not supported by this version");
  }
}

std::string text_member(const Json& object, const std::string& key) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return {};
  if (!at->is_string()) wrong("\"" + key + "\" must be text");
  return at->get<std::string>();
}

std::optional<Reason> reason_member(const Json& object) {
  const std::string text = text_member(object, "reason");
  if (text.empty()) return std::nullopt;
  const std::optional<Reason> reason = find_reason(text);
  if (!reason) wrong("\"reason\" has the unknown code '" + printable(text) + "'");
  return reason;
}

std::string one_path(const Json& json, const std::filesystem::path& folder) {
  std::string path;
  const auto is_byte = [](const Json& n) { return n.is_number_integer() && n >= 0 && n <= 255; };
  if (json.is_string()) {
    path = json.get<std::string>();
  } else if (json.is_array() && std::ranges::all_of(json, is_byte)) {
    for (const Json& byte : json) path += static_cast<char>(byte.get<int>());
  } else {
    wrong("\"path\" must be text (or an array of bytes)");
  }
  if (path.empty()) wrong("\"path\" is empty");
  if (path.find('\0') != path.npos) wrong("\"path\" holds a NUL");
  return std::filesystem::absolute(folder / path).lexically_normal().string();
}

/// One path, or those of the chapters of one recording.
std::vector<std::string> path_member(const Json& object, const std::filesystem::path& folder) {
  const auto at = object.find("path");
  if (at == object.end() || at->is_null()) return {};
  const bool is_list = at->is_array() && !at->empty() && !at->front().is_number();
  if (!is_list) return {one_path(*at, folder)};
  std::vector<std::string> paths;
  for (const Json& one : *at) paths.push_back(one_path(one, folder));
  return paths;
}

InputRecord parse_input(const Json& json, const std::filesystem::path& folder) {
  if (!json.is_object()) wrong("each of \"inputs\" must be an object");
  for (const auto& [key, value] : json.items()) {
    refuse_later_key(key);
    if (is_known(input_keys, key)) continue;
    const std::string near = nearest(key, input_keys);
    wrong("an input has the unknown key \"" + printable(key) + "\"",
          near.empty() ? "" : "did you mean " + near + "?");
  }
  InputRecord input;
  input.name = text_member(json, "name");
  input.chapters = path_member(json, folder);
  if (!input.chapters.empty()) {
    input.path = input.chapters.front();
    input.chapters.erase(input.chapters.begin());
  }
  input.series = text_member(json, "series");
  input.instance = text_member(json, "instance");
  input.reason = reason_member(json);
  input.detail = text_member(json, "detail");
  if (const std::string kind = text_member(json, "kind"); !kind.empty()) {
    const std::optional<FileKind> found = find_file_kind(kind);
    if (!found) wrong("\"kind\" is '" + printable(kind) + "', which is none of radbatch's");
    input.kind = *found;
  }
  if (json.contains("attributes")) input.attributes = json["attributes"];
  if (!input.attributes.is_object()) wrong("\"attributes\" must be an object");
  if (input.path.empty() && !input.reason) wrong("an input has no \"path\"");
  return input;
}

std::vector<std::string> parse_flags(const Json& json) {
  const auto is_text = [](const Json& flag) { return flag.is_string(); };
  if (!json.is_array() || !std::ranges::all_of(json, is_text)) wrong("\"flags\" must be a list of texts");
  return json.get<std::vector<std::string>>();
}

void check_case_id(const std::string& id) {
  if (id.empty()) wrong("there is no \"case_id\"");
  if (!is_case_id(id)) {
    wrong("the case_id '" + printable(id) +
          "' is not 1 to 120 letters, digits, dots, underscores and hyphens");
  }
}

CaseRecord parse_case(const Json& json, const std::filesystem::path& folder) {
  CaseRecord record;
  record.case_id = text_member(json, "case_id");
  check_case_id(record.case_id);
  if (const std::string status = text_member(json, "status"); !status.empty()) {
    record.status = find_status(status);
    if (!record.status) wrong("\"status\" is '" + printable(status) + "', which is none of radbatch's");
  }
  record.reason = reason_member(json);
  record.detail = text_member(json, "detail");
  record.patient_key = text_member(json, "patient_key");
  record.region = checked_region(json.value("roi", Json()), json.value("mask", Json()), folder);
  if (json.contains("flags")) record.flags = parse_flags(json["flags"]);
  if (json.contains("inputs")) {
    if (!json["inputs"].is_array()) wrong("\"inputs\" must be a list");
    for (const Json& input : json["inputs"]) record.inputs.push_back(parse_input(input, folder));
  }
  if (record.inputs.empty() && record.status.value_or(Status::done) == Status::done)
    wrong("there are no \"inputs\"");
  for (const auto& [key, value] : json.items()) {
    refuse_later_key(key);
    if (!is_known(case_keys, key)) record.carried[key] = value;
  }
  return record;
}

StreamHeader parse_header(const Json& json) {
  const std::string format = text_member(json, "format"), version = text_member(json, "format_version");
  if (format != STREAM_FORMAT) wrong("\"format\" is '" + printable(format) + "', not radbatch-stream");
  if (!version.starts_with("1.")) {
    wrong("the stream has format version '" + printable(version) + "', this tool reads 1.x");
  }
  return {text_member(json, "tool"), text_member(json, "run_id"), text_member(json, "root")};
}

StreamEnd parse_end(const Json& json) {
  StreamEnd end;
  try {
    if (!json.at("end").get<bool>()) wrong("\"end\" must be true");
    json.at("cases").get_to(end.n_cases);
    json.at("by_status").get_to(end.by_status);
  } catch (const Json::exception&) {
    wrong("the end line needs \"end\": true, \"cases\": a number and \"by_status\": counts");
  }
  return end;
}

}  // namespace

Json to_json(const CaseRecord& record) {
  Json json = record.carried;
  json.update(record.region);
  json["case_id"] = record.case_id;
  if (record.status) json["status"] = name(*record.status);
  if (record.reason) json["reason"] = code(*record.reason);
  if (!record.detail.empty()) json["detail"] = record.detail;
  if (!record.flags.empty()) json["flags"] = record.flags;
  if (!record.patient_key.empty()) json["patient_key"] = record.patient_key;
  json["inputs"] = Json::array();
  for (const InputRecord& input : record.inputs) {
    Json one = Json::object();
    if (!input.path.empty()) one["path"] = path_to_json(input.path);
    if (!input.chapters.empty()) {
      one["path"] = Json::array({path_to_json(input.path)});
      for (const std::string& chapter : input.chapters) one["path"].push_back(path_to_json(chapter));
    }
    for (const auto& [key, value] :
         {std::pair("name", input.name), std::pair("series", input.series),
          std::pair("instance", input.instance), std::pair("detail", input.detail)}) {
      if (!value.empty()) one[key] = value;
    }
    if (input.kind != FileKind::none) one["kind"] = name(input.kind);
    if (!input.attributes.empty()) one["attributes"] = input.attributes;
    if (input.reason) one["reason"] = code(*input.reason);
    json["inputs"].push_back(std::move(one));
  }
  return json;
}

Json to_json(const StreamHeader& header) {
  return {{"format", STREAM_FORMAT},
          {"format_version", STREAM_FORMAT_VERSION},
          {"tool", header.tool},
          {"run_id", header.run_id},
          {"root", header.root}};
}

Json to_json(const StreamEnd& end) {
  return {{"end", true}, {"cases", end.n_cases}, {"by_status", end.by_status}};
}

ManifestReader::ManifestReader(std::string what, std::filesystem::path folder)
    : what_(std::move(what)), folder_(std::move(folder)) {}

void ManifestReader::check_new_id(const CaseRecord& record) {
  const auto [at, is_new] = line_of_id_.emplace(record.case_id, line_);
  if (!is_new) wrong("the case_id " + record.case_id + " was already on line " + std::to_string(at->second));
}

std::optional<ManifestLine> ManifestReader::next(std::string_view line) {
  ++line_;
  if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.find_first_not_of(" \t\r\n") == line.npos) return std::nullopt;
  try {
    if (has_ended_) wrong("text follows the end line");
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) wrong("not a JSON object");
    if (json.contains("format")) {
      if (is_stream_ || n_cases_ > 0) wrong("a header line stands inside the stream");
      const StreamHeader header = parse_header(json);
      is_stream_ = true;
      return header;
    }
    if (json.contains("end") && !json.contains("case_id")) {
      const StreamEnd end = parse_end(json);
      if (end.n_cases != n_cases_) {
        wrong("the end line counts " + counted(end.n_cases, "case") + ", but " + std::to_string(n_cases_) +
              " came");
      }
      has_ended_ = true;
      return end;
    }
    CaseRecord record = parse_case(json, folder_);
    check_new_id(record);
    ++n_cases_;
    return record;
  } catch (Error& error) {
    throw error.within(what_ + ": line " + std::to_string(line_));
  }
}

Manifest parse_manifest(std::string_view text, const std::string& what, const std::filesystem::path& folder) {
  Manifest manifest;
  ManifestReader reader(what, folder);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::optional<ManifestLine> line = reader.next(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line) continue;
    if (auto* header = std::get_if<StreamHeader>(&*line)) manifest.header = std::move(*header);
    if (auto* record = std::get_if<CaseRecord>(&*line)) manifest.cases.push_back(std::move(*record));
    if (auto* last = std::get_if<StreamEnd>(&*line)) manifest.end = std::move(*last);
  }
  return manifest;
}

}  // namespace radbatch
