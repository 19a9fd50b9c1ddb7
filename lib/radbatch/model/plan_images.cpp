#include "radbatch/model/plan_images.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

template <class Step>
bool is(const PlanStep& s) {
  return std::holds_alternative<Step>(s);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// In a plan for one image, any word may stand for it: the first that a step other than SelectItems and the
/// like works on.
void rename_the_only_image(Plan& plan, const std::string& input) {
  const auto names_it = [&](const auto& keys) { return contains(keys, input); };
  if (std::ranges::any_of(plan.keys, names_it)) return;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (is<step::DeleteItems>(plan.steps[i]) || keys_of(plan, i).empty()) continue;
    const std::string word = keys_of(plan, i).front();
    for (std::vector<std::string>& keys : plan.keys) std::ranges::replace(keys, word, input);
    return;
  }
}

/// One walk through a plan with the names that are held.
class Walk {
 public:
  Walk(const Plan& plan, std::vector<std::string> held, std::set<std::string> with_presence,
       std::string where)
      : plan_(plan), held_(std::move(held)), open_(std::move(with_presence)), where_(std::move(where)) {}

  std::string run() {
    for (at_ = 0; at_ < plan_.steps.size(); ++at_) {
      check_step(plan_.steps[at_]);
      held_ = held_after(plan_, at_, held_);
    }
    if (held_.size() != 1) {
      throw Error(ExitCode::usage,
                  where_ + ": " + counted(held_.size(), "image") + " remain (" + join(held_, ", ") +
                      "), and a network takes one tensor",
                  "join them with ConcatItems, or keep one with SelectItems");
    }
    if (!open_.empty()) {
      throw Error(ExitCode::usage, where_ + ": the input " + *open_.begin() +
                                       " has if_missing mask-channel and is never joined by ConcatItems, "
                                       "which adds that channel");
    }
    return held_.front();
  }

 private:
  [[noreturn]] void refuse(const std::string& field, const std::string& why) const {
    throw Error(ExitCode::usage, fmt::format("{}[{}]{}: {}", where_, at_, field, why));
  }

  void require_held(const std::string& field, const std::string& name) const {
    if (contains(held_, name)) return;
    const std::string near = nearest(name, held_);
    refuse(field, fmt::format("there is no image {} here; held are {}{}", printable(name), join(held_, ", "),
                              near.empty() ? "" : "; did you mean " + near + "?"));
  }

  void require_new(const std::string& field, const std::string& name) const {
    if (contains(held_, name)) refuse(field, "there is an image " + printable(name) + " already");
  }

  void check_step(const PlanStep& s) {
    const std::vector<std::string>& keys = keys_of(plan_, at_);
    if (!is<step::DeleteItems>(s)) {
      for (const std::string& key : keys) require_held(".keys", key);
    }
    if (keys.empty() && (is<step::SelectItems>(s) || is<step::DeleteItems>(s) || is<step::CopyItems>(s)))
      refuse("", std::string(name(s)) + " needs keys");
    if (const auto* match = std::get_if<step::ResampleToMatch>(&s)) require_held(".key_dst", match->key_dst);
    if (const auto* copy = std::get_if<step::CopyItems>(&s)) check_copy(*copy);
    if (const auto* concat = std::get_if<step::ConcatItems>(&s)) check_concat(*concat);
    if (is<step::ExtractSlices>(s)) check_slices();
  }

  void check_copy(const step::CopyItems& copy) {
    if (copy.names.size() != keys_of(plan_, at_).size()) refuse(".names", "must be one for each of keys");
    for (const std::string& name : copy.names) require_new(".names", name);
    for (const std::string& key : keys_of(plan_, at_)) {
      if (open_.contains(key)) refuse(".keys", "an input with if_missing mask-channel cannot be copied");
    }
  }

  void check_concat(const step::ConcatItems& concat) {
    const std::vector<std::string> parts = images_of_step(plan_, at_, held_);
    for (const std::string& part : parts) open_.erase(part);
    if (!contains(parts, concat.output)) require_new(".output", concat.output);
  }

  void check_slices() const {
    if (held_.size() > 1) refuse("", "ExtractSlices needs one image; join them with ConcatItems before");
    const auto later = plan_.steps.begin() + static_cast<std::ptrdiff_t>(at_) + 1;
    if (std::any_of(later, plan_.steps.end(), [](const PlanStep& s) { return names_images(s); }))
      refuse("", "ExtractSlices must come after the steps that join and drop images");
  }

  const Plan& plan_;
  HeldImages held_;
  std::set<std::string> open_;  ///< inputs whose presence channel was not added yet
  std::string where_;
  std::size_t at_ = 0;
};

}  // namespace

bool names_images(const PlanStep& s) {
  return is<step::ResampleToMatch>(s) || is<step::ConcatItems>(s) || is<step::CopyItems>(s) ||
         is<step::SelectItems>(s) || is<step::DeleteItems>(s);
}

bool names_images(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const PlanStep& s) { return names_images(s); });
}

std::vector<std::string> images_of_step(const Plan& plan, std::size_t i, const HeldImages& held) {
  return keys_of(plan, i).empty() ? held : keys_of(plan, i);
}

HeldImages held_after(const Plan& plan, std::size_t i, const HeldImages& held) {
  const PlanStep& s = plan.steps[i];
  const std::vector<std::string> named = images_of_step(plan, i, held);
  HeldImages after = held;
  if (is<step::SelectItems>(s))
    std::erase_if(after, [&](const std::string& name) { return !contains(named, name); });
  if (is<step::DeleteItems>(s) || is<step::ConcatItems>(s))
    std::erase_if(after, [&](const std::string& name) { return contains(named, name); });
  if (const auto* copy = std::get_if<step::CopyItems>(&s))
    after.insert(after.end(), copy->names.begin(), copy->names.end());
  if (const auto* concat = std::get_if<step::ConcatItems>(&s)) after.push_back(concat->output);
  return after;
}

std::string bind_images(Plan& plan, const std::vector<std::string>& inputs,
                        const std::set<std::string>& with_presence, const std::string& where) {
  if (inputs.size() == 1) rename_the_only_image(plan, inputs.front());
  return Walk(plan, inputs, with_presence, where).run();
}

}  // namespace radbatch
