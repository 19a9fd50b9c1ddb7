#include "radbatch/torch/self_check.hpp"

#include <ATen/Functions.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iomanip>
#include <sstream>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/torch/faults.hpp"
#include "radbatch/torch/tensors.hpp"

namespace radbatch {
namespace {

constexpr int rounds = 3;
constexpr double worth_it = 0.97;

double relative_difference(const std::vector<OutputArray>& expected, const std::vector<OutputArray>& found) {
  if (expected.size() != found.size()) return INFINITY;
  double largest = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if (expected[k].name != found[k].name || expected[k].shape != found[k].shape) return INFINITY;
    double scale = 1;
    for (const float value : expected[k].values) scale = std::max(scale, std::abs(double{value}));
    for (std::size_t i = 0; i < expected[k].values.size(); ++i) {
      const double difference = std::abs(double{found[k].values[i]} - expected[k].values[i]) / scale;
      // Written so that NaN is a difference, unless the plain network gives it too.
      if (!(difference <= largest) && !(std::isnan(expected[k].values[i]) && std::isnan(found[k].values[i])))
        largest = std::isnan(difference) ? INFINITY : difference;
    }
  }
  return largest;
}

/// Items and what the plain network says to them.
struct Known {
  at::Tensor items;
  std::vector<OutputArray> outputs;
};

std::vector<OutputArray> outputs_of(const Forward& forward, const at::Tensor& items) {
  return to_outputs(forward(items.clone()), items.size(0));  // some networks write into their input
}

/// What went wrong, or nothing.
void prove(Trial& trial, const std::vector<Known>& known) {
  for (const auto& [items, outputs] : known)
    trial.difference =
        std::max(trial.difference, relative_difference(outputs, outputs_of(trial.forward, items)));
  const double tolerated = trial.form.precision == "fp32" ? fp32_tolerance : bf16_tolerance;
  if (trial.difference <= tolerated) return;
  std::ostringstream told;
  told << std::setprecision(2) << "differs by " << trial.difference << ", " << tolerated << " tolerated";
  trial.problem = told.str();
}

Trial attempt(const torch::jit::Module& module, const GraphForm& form, const std::vector<Known>& known) {
  Trial trial{form, {}, INFINITY, 0, {}};
  try {
    trial.forward = make_forward(module, form, known.front().items);
    prove(trial, known);
  } catch (...) {
    trial.problem = problem_text();
  }
  return trial;
}

/// Of all threads on the CPU, which other programs do not lengthen; of the clock on a GPU.
double seconds_now(bool on_gpu) {
  if (!on_gpu) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Interleaved, so that what else the machine does falls on all of them.
void time_trials(std::vector<Trial>& trials, const at::Tensor& probe) {
  for (int round = 0; round < rounds; ++round) {
    for (Trial& trial : trials) {
      if (!trial.problem.empty()) continue;
      const double begin = seconds_now(probe.is_cuda());
      outputs_of(trial.forward, probe);  // which waits for a GPU
      trial.seconds = std::min(trial.seconds, seconds_now(probe.is_cuda()) - begin);
    }
  }
}

}  // namespace

std::vector<Trial> try_forms(const torch::jit::Module& module, const Forward& plain,
                             const std::vector<GraphForm>& forms, const at::Tensor& probe) {
  std::vector<Known> known;
  for (const at::Tensor& items : {probe, at::cat({probe, probe.narrow(0, 0, 1)})})
    known.push_back({items, outputs_of(plain, items)});
  std::vector<Trial> trials;
  for (const GraphForm& form : forms) trials.push_back(attempt(module, form, known));
  time_trials(trials, probe);
  return trials;
}

Trial* fastest(std::vector<Trial>& trials) {
  Trial* best = nullptr;
  for (Trial& trial : trials) {
    if (!trial.problem.empty()) continue;
    if (best == nullptr || trial.seconds < worth_it * best->seconds) best = &trial;
  }
  return best;
}

Json to_json(const std::vector<Trial>& trials) {
  Json told = Json::object();
  for (const Trial& trial : trials) {
    if (trial.problem.empty()) told[name(trial.form)] = std::round(trial.seconds * 1e5) / 100;
    if (!trial.problem.empty()) told[name(trial.form)] = trial.problem;
  }
  return told;
}

}  // namespace radbatch
