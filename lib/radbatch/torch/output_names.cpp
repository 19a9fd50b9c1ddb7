#include "radbatch/torch/output_names.hpp"

#include "radbatch/base/json.hpp"

namespace radbatch {

std::vector<std::string> output_names(const std::string& tree) try {
  const Json root = Json::parse(tree).at(1);
  const Json& children = root.at("children_spec");
  if (root.at("type").is_null()) return {"0"};
  for (const Json& child : children) {
    if (!child.at("type").is_null()) return {};
  }
  const std::string type = root.at("type");
  if (type == "builtins.dict" || type == "collections.OrderedDict" || type.ends_with(".immutable_dict")) {
    return Json::parse(root.at("context").get<std::string>()).get<std::vector<std::string>>();
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < children.size(); ++i) names.push_back(std::to_string(i));
  return names;
} catch (const Json::exception&) {
  return {};
}

}  // namespace radbatch
