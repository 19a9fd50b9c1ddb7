#include "radbatch/model/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/model/fields.hpp"
#include "radbatch/model/golden.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> distances{"jensen-shannon", "wasserstein"};

std::optional<double> read_limit(const Fields& fields) {
  if (!fields.has("limit")) return std::nullopt;
  const double limit = fields.number("limit");
  if (!(limit >= 0)) fields.refuse("limit", "must be 0 or more");
  return limit;
}

std::string file_in_bundle(const Fields& fields, const std::string& key) {
  const fs::path path = fields.text(key);
  const bool climbs = std::ranges::any_of(path, [](const fs::path& part) { return part == ".."; });
  if (path.is_absolute() || climbs) fields.refuse(key, "must be a path inside the bundle");
  return path.generic_string();
}

FeatureReference read_features(const Json& json, const std::string& place, const std::string& output) {
  const Fields fields(
      json, place,
      {"output", "mean", "mean_sha256", "covariance", "covariance_sha256", "shrinkage", "limit"});
  FeatureReference reference;
  reference.output = fields.text("output", output);
  if (reference.output.empty())
    fields.refuse("output", "is missing: it names the network's output of features");
  reference.mean = file_in_bundle(fields, "mean");
  reference.mean_sha256 = fields.text("mean_sha256");
  reference.covariance = file_in_bundle(fields, "covariance");
  reference.covariance_sha256 = fields.text("covariance_sha256");
  if (fields.has("shrinkage")) reference.shrinkage = fields.number("shrinkage");
  if (!(reference.shrinkage >= 0 && reference.shrinkage <= 1))
    fields.refuse("shrinkage", "must be from 0 to 1");
  reference.limit = read_limit(fields);
  return reference;
}

HistogramReference read_histogram(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"edges", "fractions", "distance", "limit"});
  HistogramReference reference;
  reference.edges = fields.numbers("edges");
  reference.fractions = fields.numbers("fractions");
  if (reference.edges.size() != reference.fractions.size() + 1)
    fields.refuse("edges", "must have one number more than fractions");
  if (std::ranges::adjacent_find(reference.edges, std::greater_equal<>()) != reference.edges.end())
    fields.refuse("edges", "must rise");
  const double sum = std::accumulate(reference.fractions.begin(), reference.fractions.end(), 0.0);
  if (std::ranges::min(reference.fractions) < 0 || std::abs(sum - 1) > 1e-3)
    fields.refuse("fractions", fmt::format("must be shares of 1; they add up to {:g}", sum));
  for (double& fraction : reference.fractions) fraction /= sum;
  if (fields.has("distance"))
    reference.distance = static_cast<HistogramDistance>(fields.choice("distance", distances));
  reference.limit = read_limit(fields);
  return reference;
}

FloatArray read_verified_npy(const fs::path& path, const std::string& sha256) {
  FloatArray array = read_npy(path);
  if (sha256_file(path) != sha256)
    throw Error(ExitCode::model, path.string() + " has not the declared SHA-256");
  return array;
}

std::string shape_text(const FloatArray& array) {
  std::string text;
  for (const std::int64_t extent : array.shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

/// The lower Cholesky factor in place of `matrix` [n, n]; false when it is not positive definite to double
/// precision of its own largest entry.
bool factorise(std::vector<double>& matrix, std::size_t n) {
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, matrix[i * n + i]);
  for (std::size_t j = 0; j < n; ++j) {
    double* row_j = &matrix[j * n];
    const double pivot = row_j[j] - std::inner_product(row_j, row_j + j, row_j, 0.0);
    if (!(pivot > largest * static_cast<double>(n) * 1e-15)) return false;
    row_j[j] = std::sqrt(pivot);
    for (std::size_t i = j + 1; i < n; ++i) {
      double* row_i = &matrix[i * n];
      row_i[j] = (row_i[j] - std::inner_product(row_i, row_i + j, row_j, 0.0)) / row_j[j];
    }
  }
  return true;
}

void require_symmetric(const FloatArray& covariance, std::size_t n, const fs::path& path) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double a = covariance.values[i * n + j], b = covariance.values[j * n + i];
      // Written so that NaN fails.
      if (std::abs(a - b) <= 1e-4 * (std::abs(a) + std::abs(b)) + 1e-12) continue;
      throw Error(ExitCode::model, fmt::format("{} is not symmetric at [{}, {}]", path.string(), i, j));
    }
  }
}

}  // namespace

Reference read_reference(const Fields& sidecar) {
  Reference reference;
  if (!sidecar.has("reference")) return reference;
  const Fields fields(sidecar.at("reference"), sidecar.place("reference"), {"features", "histogram"});
  // The output may be named once, under the sidecar's own `features`.
  std::string output;
  if (sidecar.has("features") && sidecar.at("features").is_object())
    output = sidecar.at("features").value("output", "");
  if (fields.has("features"))
    reference.features = read_features(fields.at("features"), fields.place("features"), output);
  if (fields.has("histogram"))
    reference.histogram = read_histogram(fields.at("histogram"), fields.place("histogram"));
  return reference;
}

FeatureDistance::FeatureDistance(const FeatureReference& reference, const fs::path& bundle) {
  const FloatArray mean = read_verified_npy(bundle / reference.mean, reference.mean_sha256);
  const fs::path path = bundle / reference.covariance;
  const FloatArray covariance = read_verified_npy(path, reference.covariance_sha256);
  dim_ = static_cast<std::size_t>(mean.shape.empty() ? 0 : mean.shape.back());
  const std::vector<std::int64_t> square(2, static_cast<std::int64_t>(dim_));
  if (mean.shape.empty() || mean.shape.size() > 2 || covariance.shape != square) {
    throw Error(ExitCode::model,
                fmt::format("the reference's mean is {} and its covariance {}; [dim] or [classes, "
                            "dim] and [dim, dim] are needed",
                            shape_text(mean), shape_text(covariance)));
  }
  require_symmetric(covariance, dim_, path);
  means_.assign(mean.values.begin(), mean.values.end());
  factor_.assign(covariance.values.begin(), covariance.values.end());
  double trace = 0;
  for (std::size_t i = 0; i < dim_; ++i) trace += factor_[i * dim_ + i];
  for (double& value : factor_) value *= 1 - reference.shrinkage;
  for (std::size_t i = 0; i < dim_; ++i)
    factor_[i * dim_ + i] += reference.shrinkage * trace / static_cast<double>(dim_);
  if (!factorise(factor_, dim_)) {
    throw Error(ExitCode::model,
                fmt::format("{} is singular with shrinkage {:g}: no distance can be measured with it",
                            path.string(), reference.shrinkage),
                "take more cases than features, or declare reference.features.shrinkage, for example 0.01");
  }
}

double FeatureDistance::operator()(std::span<const double> features) const {
  if (features.size() != dim_) {
    throw Error(Reason::model_output,
                fmt::format("the network gave {} features, the reference has {}", features.size(), dim_));
  }
  double nearest = std::numeric_limits<double>::infinity();
  std::vector<double> solved(dim_);
  for (std::size_t first = 0; first < means_.size(); first += dim_) {
    double squares = 0;
    for (std::size_t i = 0; i < dim_; ++i) {
      const double* row = &factor_[i * dim_];
      solved[i] =
          (features[i] - means_[first + i] - std::inner_product(row, row + i, solved.data(), 0.0)) / row[i];
      squares += solved[i] * solved[i];
    }
    nearest = std::min(nearest, std::sqrt(squares));
  }
  return nearest;
}

std::vector<double> histogram_of(std::span<const float> values, const HistogramReference& reference) {
  const std::size_t bins = reference.fractions.size();
  std::vector<std::uint64_t> counts(bins, 0);
  for (const float value : values) {
    if (!std::isfinite(value))
      throw Error(Reason::nonfinite, "the prepared tensor has a value that is not finite");
    // numpy.histogram: half-open bins, the last one closed.
    const auto above = std::upper_bound(reference.edges.begin() + 1, reference.edges.end() - 1, value);
    ++counts[static_cast<std::size_t>(above - reference.edges.begin()) - 1];
  }
  std::vector<double> fractions;
  for (const std::uint64_t count : counts)
    fractions.push_back(static_cast<double>(count) / static_cast<double>(values.size()));
  return fractions;
}

double histogram_distance(std::span<const double> fractions, const HistogramReference& reference) {
  double total = 0;
  if (reference.distance == HistogramDistance::wasserstein) {
    double between = 0;
    for (std::size_t i = 0; i + 1 < fractions.size(); ++i) {
      between += fractions[i] - reference.fractions[i];
      total += std::abs(between) * (reference.edges[i + 2] - reference.edges[i]) / 2;
    }
    return total;
  }
  const auto part = [](double p, double middle) { return p > 0 ? p * std::log2(p / middle) / 2 : 0; };
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const double middle = (fractions[i] + reference.fractions[i]) / 2;
    total += part(fractions[i], middle) + part(reference.fractions[i], middle);
  }
  return std::sqrt(std::max(total, 0.0));
}

}  // namespace radbatch
