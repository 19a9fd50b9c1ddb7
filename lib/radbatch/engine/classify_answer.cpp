#include "radbatch/engine/classify_answer.hpp"

#include <bit>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "values cross as they lie in memory");

Json to_json(const OutputArray& output) {
  const auto* bytes = reinterpret_cast<const char*>(output.values.data());
  return {{"name", output.name},
          {"shape", output.shape},
          {"float32", to_base64({bytes, output.values.size() * sizeof(float)})}};
}

OutputArray output_from_json(const Json& json) {
  OutputArray output{
      json.at("name").get<std::string>(), json.at("shape").get<std::vector<std::int64_t>>(), {}};
  const std::string bytes = from_base64(json.at("float32").get_ref<const std::string&>());
  std::uint64_t count = 1;
  for (const std::int64_t extent : output.shape) {
    // The worker is not trusted: no product of its numbers may overflow.
    if (extent < 0 || (extent > 0 && count > bytes.size() / static_cast<std::uint64_t>(extent) + 1))
      count = 0;
    count *= static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 0));
  }
  if (output.shape.empty() || count == 0 || count * sizeof(float) != bytes.size()) {
    throw Error(Reason::model_output, "output \"" + printable(output.name) + "\" has " +
                                          std::to_string(bytes.size()) +
                                          " bytes, which its shape does not say");
  }
  output.values.resize(count);
  std::memcpy(output.values.data(), bytes.data(), bytes.size());
  return output;
}

}  // namespace

Json classify_answer(std::span<const ClassifyMember> members) {
  Json list = Json::array();
  for (const ClassifyMember& member : members) {
    Json passes = Json::array();
    for (const ClassifyPass& pass : member.passes) {
      Json outputs = Json::array();
      for (const OutputArray& output : pass.outputs) outputs.push_back(to_json(output));
      passes.push_back({{"name", pass.name}, {"outputs", std::move(outputs)}});
    }
    list.push_back({{"name", member.name}, {"passes", std::move(passes)}});
  }
  return {{"members", std::move(list)}};
}

std::vector<ClassifyMember> members_of_answer(const Json& answer) {
  std::vector<ClassifyMember> members;
  for (const Json& member : answer.at("members")) {
    members.push_back({member.at("name").get<std::string>(), {}});
    for (const Json& pass : member.at("passes")) {
      members.back().passes.push_back({pass.at("name").get<std::string>(), {}});
      for (const Json& output : pass.at("outputs"))
        members.back().passes.back().outputs.push_back(output_from_json(output));
      if (members.back().passes.back().outputs.empty())
        throw Error(Reason::model_output, "the network gave no output");
    }
    if (members.back().passes.empty()) throw Error(Reason::model_output, "the network gave no output");
  }
  if (members.empty()) throw Error(Reason::model_output, "the network gave no output");
  return members;
}

}  // namespace radbatch
