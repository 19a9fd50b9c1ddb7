// What a classify worker answers about one case, as it crosses the process border.
//
// Three levels, of which most runs have one entry each: a member is one network of an ensemble (a fold), a
// pass one sight of the tensor (as it is, or flipped by test-time augmentation), an output one array of the
// network over all items of the case.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace radbatch {

struct ClassifyPass {
  std::string name;  ///< "plain" for the tensor as it was prepared
  std::vector<OutputArray> outputs;
};

struct ClassifyMember {
  std::string name;  ///< "model" where there is one; else the fold's
  std::vector<ClassifyPass> passes;
};

/// {"members": [{"name", "passes": [{"name", "outputs": [{"name", "shape", "float32"}]}]}]}; values are
/// base64 of little-endian float32 in C order, so that every bit pattern arrives, NaN included.
Json classify_answer(std::span<const ClassifyMember> members);
/// The same back. Throws Json::exception when the form is wrong, Error(Reason::model_output) when there is no
/// member, pass or output, or an array has not the values that its shape says.
std::vector<ClassifyMember> members_of_answer(const Json& answer);

}  // namespace radbatch
