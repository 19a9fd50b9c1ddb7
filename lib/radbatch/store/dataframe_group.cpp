#include "radbatch/store/dataframe_group.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>

#include "radbatch/base/error.hpp"

namespace radbatch::hdf5 {
namespace {

std::string link_name(std::string name) {
  for (std::size_t at = 0; (at = name.find('/', at)) != std::string::npos;) name.replace(at, 1, "∕");
  return name;
}

std::vector<std::string> texts(const Table& table, std::size_t column) {
  std::vector<std::string> values;
  for (std::size_t row = 0; row < table.rows().size(); ++row) values.push_back(table.text(row, column));
  return values;
}

template <class Number>
Handle write_numbers(hid_t parent, const std::string& name, hid_t type, const std::vector<Number>& values) {
  const std::array<hsize_t, 1> shape{values.size()};
  Handle dataset = write_array(parent, name, type, shape, values.data());
  set_encoding(dataset, "array", "0.2.0");
  return dataset;
}

/// The column's values as Number, `missing` where there is none.
template <class Number, class Held>
std::vector<Number> values_of(const Table& table, std::size_t column, Number missing) {
  std::vector<Number> values;
  for (const auto& row : table.rows()) {
    const Held* held = std::get_if<Held>(&row[column]);
    values.push_back(held ? static_cast<Number>(*held) : missing);
  }
  return values;
}

std::vector<std::int8_t> mask_of(const Table& table, std::size_t column) {
  std::vector<std::int8_t> mask;
  for (const auto& row : table.rows())
    mask.push_back(std::holds_alternative<std::monostate>(row[column]) ? 1 : 0);
  return mask;
}

template <class Number>
void write_nullable(hid_t parent, const std::string& name, const char* encoding, hid_t type,
                    const std::vector<Number>& values, const std::vector<std::int8_t>& mask) {
  const Handle group = create_group(parent, name);
  set_encoding(group, encoding, "0.1.0");
  write_numbers(group, "values", type, values);
  write_numbers(group, "mask", bool_type(), mask);
}

void write_categorical(hid_t parent, const std::string& name, const Table& table, std::size_t column) {
  const std::vector<std::string> values = texts(table, column);
  std::map<std::string, std::int32_t> codes;
  for (const std::string& value : values) {
    if (!value.empty()) codes.emplace(value, 0);
  }
  std::vector<std::string> categories;
  for (auto& [value, category] : codes) {
    category = static_cast<std::int32_t>(categories.size());
    categories.push_back(value);
  }
  const Handle group = create_group(parent, name);
  set_encoding(group, "categorical", "0.2.0");
  const std::int8_t ordered = 0;
  const Handle attribute_space{H5Screate(H5S_SCALAR), H5Sclose, "describe a scalar"};
  const Handle attribute{H5Acreate2(group, "ordered", bool_type(), attribute_space, H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose, "create attribute ordered"};
  check(H5Awrite(attribute, bool_type(), &ordered), "write attribute ordered");
  set_encoding(write_strings(group, "categories", categories), "string-array", "0.2.0");
  auto code_of = [&](const std::string& value) { return value.empty() ? -1 : codes.at(value); };
  std::vector<std::int32_t> wide;
  for (const std::string& value : values) wide.push_back(code_of(value));
  if (categories.size() > 127) {
    write_numbers(group, "codes", H5T_STD_I32LE, wide);
  } else {
    write_numbers(group, "codes", H5T_STD_I8LE, std::vector<std::int8_t>(wide.begin(), wide.end()));
  }
}

void write_integer(hid_t parent, const std::string& name, const Table& table, std::size_t column) {
  const auto values = values_of<std::int64_t, std::int64_t>(table, column, 0);
  if (table.columns()[column].required) {
    write_numbers(parent, name, H5T_STD_I64LE, values);
  } else {
    write_nullable(parent, name, "nullable-integer", H5T_STD_I64LE, values, mask_of(table, column));
  }
}

void write_boolean(hid_t parent, const std::string& name, const Table& table, std::size_t column) {
  const auto values = values_of<std::int8_t, bool>(table, column, 0);
  const Handle type = bool_type();
  if (table.columns()[column].required) {
    write_numbers(parent, name, type, values);
  } else {
    write_nullable(parent, name, "nullable-boolean", type, values, mask_of(table, column));
  }
}

void write_column(hid_t group, const Table& table, std::size_t column) {
  const std::string name = link_name(table.columns()[column].name);
  switch (table.columns()[column].type) {
    case ColumnType::text:
      set_encoding(write_strings(group, name, texts(table, column)), "string-array", "0.2.0");
      return;
    case ColumnType::category:
      return write_categorical(group, name, table, column);
    case ColumnType::integer:
      return write_integer(group, name, table, column);
    case ColumnType::boolean:
      return write_boolean(group, name, table, column);
    case ColumnType::float32: {
      constexpr float missing = std::numeric_limits<float>::quiet_NaN();
      write_numbers(group, name, H5T_IEEE_F32LE, values_of<float, double>(table, column, missing));
      return;
    }
    case ColumnType::float64: {
      constexpr double missing = std::numeric_limits<double>::quiet_NaN();
      write_numbers(group, name, H5T_IEEE_F64LE, values_of<double, double>(table, column, missing));
      return;
    }
  }
}

}  // namespace

void write_dataframe(hid_t parent, const std::string& name, const Table& table) {
  if (table.columns().empty()) throw Error(ExitCode::internal, "table " + name + " has no column");
  const Handle group = create_group(parent, name);
  set_encoding(group, "dataframe", "0.2.0");
  set_attribute(group, "_index", link_name(table.columns()[0].name));
  std::vector<std::string> order;
  for (std::size_t column = 1; column < table.columns().size(); ++column) {
    order.push_back(link_name(table.columns()[column].name));
  }
  set_attribute(group, "column-order", std::span<const std::string>(order));
  for (std::size_t column = 0; column < table.columns().size(); ++column) write_column(group, table, column);
}

}  // namespace radbatch::hdf5
