#include "radbatch/store/data_package.hpp"

#include <filesystem>

#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

std::string_view frictionless_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::category:
      return "string";
    case ColumnType::integer:
      return "integer";
    case ColumnType::float32:
    case ColumnType::float64:
      return "number";
    case ColumnType::boolean:
      return "boolean";
  }
  return "any";
}

Json field_of(const Column& column) {
  Json field = {{"name", column.name}, {"type", frictionless_type(column.type)}};
  if (!column.description.empty()) field["description"] = column.description;
  if (!column.unit.empty()) field["unit"] = column.unit;
  if (column.required) field["constraints"] = {{"required", true}};
  if (column.type == ColumnType::boolean) {
    field["trueValues"] = Json::array({"1"});
    field["falseValues"] = Json::array({"0"});
  }
  if (column.properties.is_object()) field.update(column.properties);
  return field;
}

Json resource_of(const TableFile& table) {
  std::filesystem::path file = table.path;
  const bool is_packed = file.extension() == ".gz";
  if (is_packed) file.replace_extension();
  Json schema = {{"fields", Json::array()}, {"missingValues", Json::array({""})}};
  for (const Column& column : table.columns) schema["fields"].push_back(field_of(column));
  if (!table.primary_key.empty()) schema["primaryKey"] = table.primary_key;
  Json resource = {
      {"name", slug(file.stem().string())},
      {"path", table.path},
      {"description", table.description},
      {"profile", "tabular-data-resource"},
      {"format", "csv"},
      {"mediatype", "text/csv"},
      {"encoding", "utf-8"},
      {"dialect", {{"delimiter", ","}, {"doubleQuote", true}, {"lineTerminator", "\n"}, {"header", true}}},
      {"bytes", table.bytes},
      {"hash", "sha256:" + table.sha256},
      {"schema", schema}};
  if (is_packed) resource["compression"] = "gz";
  return resource;
}

}  // namespace

TableFile describe_table(std::string path, std::string description, const Table& table, std::string_view csv,
                         std::vector<std::string> primary_key) {
  return {std::move(path), std::move(description), csv.size(),
          sha256_hex(csv), table.columns(),        std::move(primary_key)};
}

Json datapackage_json(const std::string& name, std::span<const TableFile> tables) {
  Json resources = Json::array();
  for (const TableFile& table : tables) resources.push_back(resource_of(table));
  return {{"profile", "tabular-data-package"}, {"name", name}, {"resources", resources}};
}

}  // namespace radbatch
