#include "radbatch/torch/output_names.hpp"

#include <doctest/doctest.h>

using radbatch::output_names;
using Names = std::vector<std::string>;

namespace {
const std::string leaf = R"({"type": null, "context": null, "children_spec": []})";
}

TEST_CASE("the output tree of an exported program gives the outputs their names") {
  const std::string two_leaves = ", \"children_spec\": [" + leaf + "," + leaf + "]}]";
  CHECK(output_names("[1, " + leaf + "]") == Names{"0"});
  CHECK(output_names(R"([1, {"type": "builtins.tuple", "context": "null")" + two_leaves) == Names{"0", "1"});
  CHECK(output_names(R"([1, {"type": "builtins.dict", "context": "[\"logits\", \"features\"]")" +
                     two_leaves) == Names{"logits", "features"});
  // What a program converted from TorchScript has.
  CHECK(output_names(
            R"([1, {"type": "torch.fx.immutable_collections.immutable_dict", "context": "[\"b\", \"a\"]")" +
            two_leaves) == Names{"b", "a"});
}

TEST_CASE("a tree that is nested or damaged gives no names") {
  CHECK(output_names(R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [
      {"type": "builtins.list", "context": "null", "children_spec": []}]}])")
            .empty());
  CHECK(output_names("").empty());
  CHECK(output_names("[1]").empty());
}
