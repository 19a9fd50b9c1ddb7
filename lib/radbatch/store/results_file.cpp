#include "radbatch/store/results_file.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/store/dataframe_group.hpp"
#include "radbatch/store/hdf5_handle.hpp"

namespace radbatch {
namespace {

using hdf5::Handle;

std::vector<std::string> index_of(const Table& table) {
  std::vector<std::string> index;
  for (std::size_t row = 0; row < table.rows().size(); ++row) index.push_back(table.text(row, 0));
  return index;
}

Handle write_scale(hid_t file, const std::string& name, const std::vector<std::string>& values) {
  Handle scale = hdf5::write_strings(file, name, values);
  hdf5::set_encoding(scale, "string-array", "0.2.0");
  hdf5::check(H5DSset_scale(scale, name.c_str()), "make " + name + " a dimension scale");
  return scale;
}

void attach(hid_t dataset, hid_t scale, unsigned axis, const char* label) {
  hdf5::check(H5DSattach_scale(dataset, scale, axis), std::string("attach the scale ") + label);
  hdf5::check(H5DSset_label(dataset, axis, label), std::string("label the axis ") + label);
}

/// One NaN pattern, because a NaN's payload is not the same on every path that makes one.
std::vector<float> with_one_nan(std::vector<float> values) {
  std::ranges::replace_if(
      values, [](float value) { return std::isnan(value); }, std::numeric_limits<float>::quiet_NaN());
  return values;
}

void write_probabilities(hid_t file, const ResultsContent& content) {
  const std::array<hsize_t, 2> shape{content.predictions.rows().size(), content.findings.size()};
  if (content.probabilities.size() != shape[0] * shape[1]) {
    throw Error(ExitCode::internal, "probabilities: " + std::to_string(content.probabilities.size()) +
                                        " values for " + std::to_string(shape[0]) + " cases x " +
                                        std::to_string(shape[1]) + " findings");
  }
  const Handle case_scale = write_scale(file, "case", index_of(content.predictions));
  const Handle finding_scale = write_scale(file, "finding", content.findings);
  const Handle dataset = hdf5::write_array(file, "probabilities", H5T_IEEE_F32LE, shape,
                                           with_one_nan(content.probabilities).data());
  hdf5::set_encoding(dataset, "array", "0.2.0");
  attach(dataset, case_scale, 0, "case");
  attach(dataset, finding_scale, 1, "finding");
}

void write_explanations(hid_t file, const ResultsContent& content) {
  if (content.explanations.empty()) return;
  const Handle group = hdf5::create_group(file, "explanations");
  hdf5::set_encoding(group, "dict", "0.1.0");
  const Handle properties = hdf5::link_properties();
  for (const auto& [case_id, target, dataset] : content.explanations) {
    hdf5::check(
        H5Lcreate_external(target.c_str(), dataset.c_str(), group, case_id.c_str(), properties, H5P_DEFAULT),
        "link the explanation of " + case_id);
  }
}

void write_root_attributes(hid_t file, const ResultsContent& content) {
  hdf5::set_attribute(file, "format", std::string("radbatch-results"));
  hdf5::set_attribute(file, "format_version", std::string("1.0"));
  hdf5::set_encoding(file, "dict", "0.1.0");
  if (!content.created_by.empty()) hdf5::set_attribute(file, "created_by", content.created_by);
  hdf5::set_attribute(file, "model_sha256", content.model_sha256);
  hdf5::set_attribute(file, "plan_sha256", content.plan_sha256);
  hdf5::set_attribute(file, "config_sha256", content.config_sha256);
  hdf5::set_attribute(file, "class_names", std::span<const std::string>(content.findings));
}

}  // namespace

bool write_results_h5(const std::filesystem::path& path, const ResultsContent& content) {
  try {
    const Handle file = hdf5::create_in_memory();
    write_root_attributes(file, content);
    hdf5::write_dataframe(file, "predictions", content.predictions);
    hdf5::write_dataframe(file, "cases", content.cases);
    write_probabilities(file, content);
    write_explanations(file, content);
    return write_file_atomically(path, hdf5::image_of(file));
  } catch (Error& error) {
    throw error.within("writing " + path.filename().string());
  }
}

}  // namespace radbatch
