#include "radbatch/classify/case_outputs.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/engine/windows.hpp"
#include "radbatch/model/head_maps.hpp"

namespace radbatch {
namespace {

std::vector<std::string> map_outputs(const Bundle& bundle) {
  std::vector<std::string> names;
  for (const Head& head : bundle.heads) {
    if (head.map && std::ranges::find(names, head.output) == names.end()) names.push_back(head.output);
  }
  return names;
}

bool is_dense(const OutputArray& output) {
  return output.shape.size() > 2 && std::any_of(output.shape.begin() + 2, output.shape.end(),
                                                [](std::int64_t extent) { return extent != 1; });
}

bool is_read(const Bundle& bundle, const std::string& name) {
  return name == bundle.features || std::ranges::any_of(bundle.heads, [&](const Head& head) {
           return !head.map && head.output == name;
         });
}

const OutputArray& map_of(const Head& head, const std::vector<OutputArray>& outputs) {
  const auto found = std::ranges::find(outputs, head.output, &OutputArray::name);
  if (found == outputs.end())
    throw Error(Reason::model_output, "head '" + head.name + "' reads output '" + head.output +
                                          "', which the network does not give");
  if (found->shape.size() < 3)
    throw Error(Reason::model_output, "head '" + head.name + "' declares output '" + head.output +
                                          "' a map, and it has no spatial axis");
  return *found;
}

/// Replaces maps by their scores and leaves out what nothing reads; the first `items` of the outputs count.
void reduce_maps(const Bundle& bundle, std::vector<OutputArray>& outputs, std::int64_t items) {
  std::vector<OutputArray> reduced;
  for (const Head& head : bundle.heads) {
    if (!head.map) continue;
    const OutputArray& map = map_of(head, outputs);
    const auto counted = std::span(map.values)
                             .first(map.values.size() / static_cast<std::size_t>(map.shape[0]) *
                                    static_cast<std::size_t>(items));
    reduced.push_back({scored_output(head),
                       {items, static_cast<std::int64_t>(head.findings.size())},
                       reduce_map(head, counted, items, map.shape[1])});
  }
  std::erase_if(outputs,
                [&](const OutputArray& output) { return is_dense(output) && !is_read(bundle, output.name); });
  std::ranges::move(reduced, std::back_inserter(outputs));
}

}  // namespace

std::vector<OutputArray> case_outputs(Classifier& classifier, const Bundle& bundle,
                                      const TensorView& tensor) {
  const auto step = [&](std::vector<OutputArray>& outputs, std::int64_t items) {
    reduce_maps(bundle, outputs, items);
  };
  if (!bundle.windows) return run_in_batches(classifier, tensor, bundle.batch, step);
  std::vector<OutputArray> outputs =
      run_in_windows(classifier, tensor, *bundle.windows, map_outputs(bundle), bundle.batch);
  reduce_maps(bundle, outputs, 1);
  return outputs;
}

}  // namespace radbatch
