// datapackage.json: what each column of a run folder's tables means, for programs (Frictionless Data Package
// v1, https://specs.frictionlessdata.io/data-package/), so that R and Python read ids as text and 0/1 as
// booleans.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {

struct TableFile {
  std::string path;  ///< relative to datapackage.json
  std::string description;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::vector<Column> columns;
  std::vector<std::string> primary_key;
};

/// Describes `table`, whose CSV text is `csv`.
TableFile describe_table(std::string path, std::string description, const Table& table, std::string_view csv,
                         std::vector<std::string> primary_key = {});

Json datapackage_json(const std::string& name, std::span<const TableFile> tables);

}  // namespace radbatch
