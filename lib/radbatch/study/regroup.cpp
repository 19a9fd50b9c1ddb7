#include "radbatch/study/regroup.hpp"

#include <algorithm>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

using Files = std::vector<std::size_t>;

std::string text_of_field(const Json& value) {
  return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : canonical(value);
}

std::string column_value(const CaseRecord& record, const std::string& column) {
  if (column == "case_id") return record.case_id;
  if (column == "patient_key") return record.patient_key;
  const auto at = record.carried.find(column);
  return at == record.carried.end() ? "" : text_of_field(*at);
}

void check_columns(const std::vector<ListedCase>& listed, const std::vector<std::string>& columns) {
  std::vector<std::string> known{"case_id", "patient_key"};
  for (const ListedCase& one : listed) {
    for (const auto& [key, value] : one.record.carried.items()) {
      if (std::ranges::find(known, key) == known.end()) known.push_back(key);
    }
  }
  for (const std::string& column : columns) {
    if (std::ranges::find(known, column) != known.end()) continue;
    const std::string near = nearest(column, known);
    throw Error(ExitCode::usage, "--case-by: the manifest has no column '" + printable(column) + "'",
                near.empty() ? "its columns are " + join(known, ", ") : "did you mean " + near + "?");
  }
}

void join_fields(Json& into, const Json& from) {
  for (const auto& [key, value] : from.items()) {
    const std::string text = text_of_field(value);
    if (!into.contains(key)) {
      into[key] = value;
      continue;
    }
    const std::vector<std::string> known = split(text_of_field(into[key]), '\\');
    if (std::ranges::find(known, text) == known.end()) into[key] = text_of_field(into[key]) + "\\" + text;
  }
}

void add_to(ListedCase& whole, const CaseRecord& record, std::size_t input, Files files) {
  whole.record.inputs.push_back(record.inputs[input]);
  whole.files.push_back(std::move(files));
}

}  // namespace

bool is_dicom_group_key(const std::string& word) {
  return word == "StudyInstanceUID" || word == "SeriesInstanceUID" || word == "SOPInstanceUID" ||
         word == "PatientID" || word == "ImageLaterality";
}

std::vector<ListedCase> regrouped(std::vector<ListedCase> listed, std::span<const FileRecord> records,
                                  const std::vector<std::string>& case_by) {
  if (case_by == std::vector<std::string>{"StudyInstanceUID"}) return listed;
  std::vector<std::string> columns, keywords;
  for (const std::string& word : case_by) (is_dicom_group_key(word) ? keywords : columns).push_back(word);
  check_columns(listed, columns);
  std::map<std::vector<std::string>, ListedCase> groups;
  for (const ListedCase& one : listed) {
    std::vector<std::string> own;
    for (const std::string& column : columns) own.push_back(column_value(one.record, column));
    if (columns.empty()) own.push_back(one.record.case_id);
    for (std::size_t input = 0; input < one.record.inputs.size(); ++input) {
      std::map<std::vector<std::string>, Files> parts;
      const Files files = input < one.files.size() ? one.files[input] : Files{};
      for (std::size_t file : files) {
        std::vector<std::string> key = own;
        for (const std::string& keyword : keywords)
          key.push_back(group_value(records[file].attributes, keyword));
        parts[key].push_back(file);
      }
      if (files.empty()) {
        own.resize(own.size() + keywords.size());
        parts[own] = {};
        own.resize(own.size() - keywords.size());
      }
      for (auto& [key, part] : parts) {
        const bool is_new = !groups.contains(key);
        ListedCase& group = groups[key];
        if (is_new) {
          group.record = one.record;
          group.record.inputs.clear();
          const std::string digest = sha256_hex(canonical({{"by", case_by}, {"values", key}}));
          group.record.case_id = columns.empty()
                                     ? one.record.case_id.substr(0, 108) + "-" + digest.substr(0, 8)
                                     : "case-" + digest.substr(0, 20);
        } else {
          join_fields(group.record.carried, one.record.carried);
          if (group.record.patient_key != one.record.patient_key) group.record.patient_key.clear();
        }
        add_to(group, one.record, input, std::move(part));
      }
    }
  }
  std::vector<ListedCase> result;
  for (auto& [key, group] : groups) result.push_back(std::move(group));
  return result;
}

}  // namespace radbatch
