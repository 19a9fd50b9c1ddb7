#include "radbatch/store/results_file.hpp"

#include <fcntl.h>
#include <hdf5_hl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/hash.hpp"
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

void write_members(hid_t file, const ResultsContent& content, hid_t case_scale, hid_t finding_scale) {
  if (content.member_names.empty()) return;
  const std::array<hsize_t, 3> shape{content.predictions.rows().size(), content.member_names.size(),
                                     content.findings.size()};
  if (content.members.size() != shape[0] * shape[1] * shape[2])
    throw Error(ExitCode::internal, "members: " + std::to_string(content.members.size()) + " values");
  const Handle member_scale = write_scale(file, "member", content.member_names);
  const Handle dataset =
      hdf5::write_array(file, "members", H5T_IEEE_F32LE, shape, with_one_nan(content.members).data());
  hdf5::set_encoding(dataset, "array", "0.2.0");
  attach(dataset, case_scale, 0, "case");
  attach(dataset, member_scale, 1, "member");
  attach(dataset, finding_scale, 2, "finding");
}

/// Numbers 0, 1, 2 ... as a scale.
Handle write_number_scale(hid_t file, const std::string& name, std::size_t n) {
  std::vector<std::int32_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  const std::array<hsize_t, 1> shape{n};
  Handle scale = hdf5::write_array(file, name, H5T_STD_I32LE, shape, numbers.data());
  hdf5::set_encoding(scale, "array", "0.2.0");
  hdf5::check(H5DSset_scale(scale, name.c_str()), "make " + name + " a dimension scale");
  return scale;
}

void write_matrix(hid_t file, const CaseMatrix& matrix, std::size_t n_cases, hid_t case_scale) {
  const std::array<hsize_t, 2> shape{n_cases, matrix.width};
  const Handle scale = matrix.columns.empty() ? write_number_scale(file, matrix.axis, matrix.width)
                                              : write_scale(file, matrix.axis, matrix.columns);
  const Handle dataset = hdf5::begin_rows(file, matrix.name, H5T_IEEE_F32LE, shape);
  for (std::size_t row = 0; row < n_cases; ++row) {
    std::vector<float> values = with_one_nan(matrix.row(row));
    if (values.empty()) values.assign(matrix.width, std::numeric_limits<float>::quiet_NaN());
    if (values.size() != matrix.width) {
      throw Error(ExitCode::internal, matrix.name + ": " + std::to_string(values.size()) +
                                          " values in a row of " + std::to_string(matrix.width));
    }
    hdf5::write_row(dataset, row, values);
  }
  hdf5::set_encoding(dataset, "array", "0.2.0");
  attach(dataset, case_scale, 0, "case");
  attach(dataset, scale, 1, matrix.axis.c_str());
}

/// The groups of the levels, each made with its first case.
class ItemWriter {
 public:
  ItemWriter(hid_t file, std::size_t n_findings) : file_(file), n_findings_(n_findings) {}

  void write(const std::string& case_id, const ItemScores& scores) {
    const std::array<hsize_t, 2> shape{static_cast<hsize_t>(scores.items), n_findings_};
    if (scores.values.size() != shape[0] * shape[1]) {
      throw Error(ExitCode::internal, scores.level + " of " + case_id + ": " +
                                          std::to_string(scores.values.size()) + " values for " +
                                          std::to_string(shape[0]) + " items");
    }
    const Handle dataset = hdf5::write_array(group(scores.level), case_id, H5T_IEEE_F32LE, shape,
                                             with_one_nan(scores.values).data());
    hdf5::set_encoding(dataset, "array", "0.2.0");
    hdf5::set_attribute(dataset, "level", scores.level);
    if (scores.starts.empty()) return;
    const std::array<hsize_t, 2> starts{shape[0], scores.starts.size() / shape[0]};
    hdf5::set_encoding(
        hdf5::write_array(group("window_starts"), case_id, H5T_STD_I32LE, starts, scores.starts.data()),
        "array", "0.2.0");
  }

 private:
  const Handle& group(const std::string& name) {
    const auto known = groups_.find(name);
    if (known != groups_.end()) return known->second;
    Handle made = hdf5::create_group(file_, name);
    hdf5::set_encoding(made, "dict", "0.1.0");
    return groups_.emplace(name, std::move(made)).first->second;
  }

  hid_t file_;
  std::size_t n_findings_;
  std::map<std::string, Handle> groups_;
};

/// Returns the scale of the cases.
Handle write_probabilities(hid_t file, const ResultsContent& content) {
  const std::array<hsize_t, 2> shape{content.predictions.rows().size(), content.findings.size()};
  if (content.probabilities.size() != shape[0] * shape[1]) {
    throw Error(ExitCode::internal, "probabilities: " + std::to_string(content.probabilities.size()) +
                                        " values for " + std::to_string(shape[0]) + " cases x " +
                                        std::to_string(shape[1]) + " findings");
  }
  Handle case_scale = write_scale(file, "case", index_of(content.predictions));
  const Handle finding_scale = write_scale(file, "finding", content.findings);
  const Handle dataset = hdf5::write_array(file, "probabilities", H5T_IEEE_F32LE, shape,
                                           with_one_nan(content.probabilities).data());
  hdf5::set_encoding(dataset, "array", "0.2.0");
  attach(dataset, case_scale, 0, "case");
  attach(dataset, finding_scale, 1, "finding");
  write_members(file, content, case_scale, finding_scale);
  return case_scale;
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

void write_content(hid_t file, const ResultsContent& content) {
  write_root_attributes(file, content);
  hdf5::write_dataframe(file, "predictions", content.predictions);
  hdf5::write_dataframe(file, "cases", content.cases);
  const Handle case_scale = write_probabilities(file, content);
  write_explanations(file, content);
  const std::size_t n_cases = content.predictions.rows().size();
  for (const CaseMatrix& matrix : content.matrices) write_matrix(file, matrix, n_cases, case_scale);
  if (!content.items) return;
  ItemWriter writer(file, content.findings.size());
  for (std::size_t row = 0; row < n_cases; ++row) {
    if (const auto scores = content.items(row)) writer.write(content.predictions.text(row, 0), *scores);
  }
}

bool have_same_bytes(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code missing;
  if (!std::filesystem::exists(other, missing)) return false;
  if (std::filesystem::file_size(one) != std::filesystem::file_size(other)) return false;
  return sha256_file(one) == sha256_file(other);
}

/// fsync, then the name, unless `path` has these bytes already.
bool publish(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  if (have_same_bytes(temporary, path)) {
    std::filesystem::remove(temporary);
    return false;
  }
  const FileDescriptor file(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)
    throw Error(ExitCode::output, "cannot write " + path.string() + ": " + std::strerror(errno));
  sync_folder(path.parent_path());
  return true;
}

bool write_on_disk(const std::filesystem::path& path, const ResultsContent& content) {
  const std::filesystem::path temporary = temporary_beside(path);
  try {
    {
      const Handle file = hdf5::create_on_disk(temporary);
      write_content(file, content);
      hdf5::check(H5Fflush(file, H5F_SCOPE_GLOBAL), "write the file");
    }
    return publish(temporary, path);
  } catch (...) {
    std::error_code missing;
    std::filesystem::remove(temporary, missing);
    throw;
  }
}

}  // namespace

bool write_results_h5(const std::filesystem::path& path, const ResultsContent& content) {
  try {
    if (content.items || !content.matrices.empty()) return write_on_disk(path, content);
    const Handle file = hdf5::create_in_memory();
    write_content(file, content);
    return write_file_atomically(path, hdf5::image_of(file));
  } catch (Error& error) {
    throw error.within("writing " + path.filename().string());
  }
}

}  // namespace radbatch
