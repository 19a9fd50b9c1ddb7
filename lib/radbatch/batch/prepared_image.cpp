#include "radbatch/batch/prepared_image.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/model/contract.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

/// Pictures that often carry a patient's name in their pixels.
bool may_show_text(const Json& attributes) {
  static constexpr std::array<std::string_view, 7> modalities{"US", "SC", "XA", "RF", "ES", "OT", "IVUS"};
  const std::string burned_in = text_of(attributes, "BurnedInAnnotation");
  const bool risky = std::ranges::find(modalities, text_of(attributes, "Modality")) != modalities.end();
  return risky || flag_of(attributes, "is_video") || flag_of(attributes, "was_video") ||
         flag_of(attributes, "is_secondary_capture") || (!burned_in.empty() && burned_in != "NO");
}

// What a network takes of one frame, roughly: three channels of 256 x 256.
constexpr double item_bytes = 3.0 * 256 * 256 * 4;

std::uint64_t decoded_bytes(const Json& attributes, const FrameChoice& frames) {
  double samples = 1;
  for (double extent : numbers_of(attributes, "size")) samples *= std::max(extent, 1.0);
  samples *= std::max(number_of(attributes, "channels").value_or(1), 1.0);
  const auto n = static_cast<double>(most_frames(frames, attributes));
  // A video is prepared frame by frame; what stays of each is an item of the tensor.
  if (flag_of(attributes, "is_video"))
    return static_cast<std::uint64_t>(std::min(samples * 16 + n * item_bytes, 9e18));
  // As stored, as read, as float32 and once more while a step works.
  return static_cast<std::uint64_t>(std::min(samples * n * 12, 9e18));
}

ImageFacts facts_of(const Candidate& candidate, const Plan& plan) {
  const Json& attributes = candidate.attributes;
  double channels = number_of(attributes, "channels").value_or(1);
  if (frames_are_channels(plan)) channels *= number_of(attributes, "frames").value_or(1);
  return {text_of(attributes, "Modality"), static_cast<int>(number_of(attributes, "dims").value_or(3)),
          static_cast<int>(std::clamp(channels, 0.0, 1e6)), numbers_of(attributes, "spacing_mm"),
          text_of(attributes, "PhotometricInterpretation")};
}

bool is_prepared(const WantedImage& wanted) {
  return wanted.candidate->source.kind == FileKind::tensor;
}

void add_flag(std::vector<std::string>& flags, const std::string& flag) {
  if (std::ranges::find(flags, flag) == flags.end()) flags.push_back(flag);
}

/// One input as the image worker takes it.
Json input_request(const CaseInput& input) {
  Json json = {{"name", input.spec->name},
               {"range", input.spec->value_range.has_value()},
               {"presence_channel", input.spec->if_missing == FillMissing::mask_channel}};
  if (input.spec->value_range) json["value_range"] = *input.spec->value_range;
  if (input.candidate) {
    json["source"] = to_json(input.candidate->source);
  } else {
    json["channels"] = input.spec->channels.front();
  }
  return json;
}

/// The tool's own view of what a worker says of the values of one input.
void check_range(const InputSpec& spec, const Json& answer) {
  if (answer.contains("range"))
    check_values(spec, answer["range"].at(0).get<float>(), answer["range"].at(1).get<float>());
}

void check_ranges(const Json& answer, const WantedImage& wanted) {
  if (wanted.inputs.size() == 1) return check_range(*wanted.inputs.front().spec, answer);
  if (is_prepared(wanted)) return;
  for (std::size_t i = 0; i < wanted.inputs.size(); ++i)
    check_range(*wanted.inputs[i].spec, answer.at("inputs").at(i));
}

}  // namespace

std::optional<RuleSet> rule_set(const ImageChoice& choice) {
  if (!choice.select_json.is_null()) return parse_rule_set(choice.select_json, "the rules of the run");
  if (choice.select.empty()) return std::nullopt;
  return load_rule_set(choice.select);
}

void add_choice(Json& options, const std::vector<SelectionRule>& rules, const ImageChoice& choice) {
  options["on_many"] = name(rules.front().on_many);
  if (const std::optional<RuleSet> set = rule_set(choice)) options["select"] = set->json;
}

std::vector<SelectionRule> selection_rules(const Bundle& bundle, const ImageChoice& choice) {
  std::vector<SelectionRule> rules;
  for (const InputSpec& input : bundle.inputs) {
    SelectionRule rule;
    rule.input = input.name;
    rule.modality = input.modality;
    rule.on_many = input.on_many;
    rule.alternatives = input.select.alternatives;
    rule.excludes_localizers = !input.select.takes_localizers;
    rule.uneven_slices = input.accept_uneven_slices ? UnevenSlices::accept : UnevenSlices::refuse;
    rule.is_required = input.if_missing == FillMissing::refuse;
    rules.push_back(std::move(rule));
  }
  if (const std::optional<RuleSet> set = rule_set(choice)) apply_rules(*set, rules);
  for (SelectionRule& rule : rules) rule.on_many = choice.on_many.value_or(rule.on_many);
  return rules;
}

FrameChoice frames_for(const Plan& plan, const FrameChoice& asked) {
  return asked.is_default ? parse_frame_choice(frames_of(plan)) : asked;
}

WantedImage wanted_image(const Bundle& bundle, const Case& one, const Selection& selection,
                         Thumbnails thumbnails, const FrameChoice& frames) {
  WantedImage wanted;
  wanted.case_id = one.id;
  wanted.inputs = case_inputs(bundle, one, selection);
  wanted.frames = frames;
  for (const CaseInput& input : wanted.inputs) {
    if (!input.candidate) {
      add_flag(wanted.flags, "W_INPUT_FILLED");
      continue;
    }
    // One tensor stands for all inputs, with the facts of the first.
    if (input.candidate == wanted.candidate) continue;
    if (!wanted.candidate) wanted.candidate = input.candidate, wanted.image = input.image;
    for (const std::string& flag : flags_of(*input.candidate)) add_flag(wanted.flags, flag);
    for (const std::string& flag : check_input(*input.spec, facts_of(*input.candidate, bundle.plan)))
      add_flag(wanted.flags, flag);
    if (may_show_text(input.candidate->attributes)) add_flag(wanted.flags, "W_MAY_SHOW_TEXT");
    wanted.cost_bytes += decoded_bytes(input.candidate->attributes, frames);
  }
  const std::uint64_t n_missing = std::ranges::count(wanted.inputs, nullptr, &CaseInput::candidate);
  wanted.cost_bytes += n_missing * decoded_bytes(wanted.candidate->attributes, frames);
  wanted.preview = may_be_shown(wanted.candidate->attributes, thumbnails);
  wanted.region = wanted_region(bundle, one, is_prepared(wanted));
  if (!is_prepared(wanted)) {
    for (const std::string& flag : check_frames_of_reference(one, wanted.inputs))
      add_flag(wanted.flags, flag);
  }
  return wanted;
}

std::string content_key(const Json& answer, const WantedImage& wanted, const Bundle& bundle,
                        bool is_external) {
  const Candidate& candidate = *wanted.candidate;
  Json key = {{"plan_sha256", is_external ? "external" : bundle.plan_sha256},
              {"result_version", RESULT_VERSION}};
  if (wanted.inputs.size() == 1 || is_prepared(wanted)) {
    key["inputs"] = answer.at("digests");
    key["series"] = candidate.series;
    key["instance"] = candidate.instance;
  } else {
    for (std::size_t i = 0; i < wanted.inputs.size(); ++i) {
      const auto& [spec, image, place] = wanted.inputs[i];
      Json input = {{"name", spec->name}, {"if_missing", name(spec->if_missing)}};
      if (image) {
        input["series"] = image->series;
        input["instance"] = image->instance;
        input["digests"] = answer.at("inputs").at(i).at("digests");
      } else {
        input["channels"] = spec->channels.front();
      }
      key["inputs"].push_back(std::move(input));
    }
  }
  if (wanted.region.contains("roi")) key["roi"] = wanted.region["roi"];
  if (wanted.region.contains("mask")) {
    key["mask"] = answer.at("mask_digests");
    key["mask_label"] = wanted.region["mask"].value("label", Json());
  }
  // Of an image without time every choice takes the same.
  if (number_of(candidate.attributes, "frames").value_or(1) > 1) key["frames"] = to_text(wanted.frames);
  return sha256_hex(canonical(key));
}

WantedImage wanted_tensor(const Case& one, const Selection& selection) {
  if (const SelectedInput* fault = selection.fault()) throw Error(*fault->reason, fault->detail, fault->hint);
  WantedImage wanted;
  wanted.case_id = one.id;
  wanted.image = selection.inputs.at(0).candidate.value();
  wanted.candidate = &one.candidates.at(wanted.image);
  if (wanted.candidate->source.kind != FileKind::tensor) {
    throw Error(Reason::prepare, "--prepared takes tensors (.h5, .npy, .npz); this is " +
                                     std::string(name(wanted.candidate->source.kind)));
  }
  wanted.is_external = true;
  return wanted;
}

WorkRequest request_of(const WantedImage& wanted, const Bundle& bundle) {
  const bool is_tensor = is_prepared(wanted);
  Json body = {{"op", is_tensor ? "tensor" : "prepare"},
               {"preview", wanted.preview},
               {"qc", wanted.qc},
               {"sheet", wanted.sheet}};
  if (wanted.inputs.size() == 1 || is_tensor) {
    body["source"] = to_json(wanted.candidate->source);
    body["range"] = bundle.inputs.at(0).value_range.has_value();
    body["input"] = is_tensor ? bundle.tensor_name : bundle.inputs.at(0).name;
    if (bundle.inputs.at(0).value_range) body["value_range"] = *bundle.inputs.at(0).value_range;
  } else {
    for (const CaseInput& input : wanted.inputs) body["inputs"].push_back(input_request(input));
  }
  if (!wanted.region.empty()) body["region"] = wanted.region;
  return {"image", std::move(body), true, {}};
}

PreparedImage prepared_image(const Json& answer, const SharedBuffer& buffer, const WantedImage& wanted,
                             const Bundle& bundle) {
  PreparedImage prepared;
  prepared.answer = answer;
  prepared.shape = answer.at("shape").get<std::vector<std::int64_t>>();
  std::uint64_t values = 1;
  for (std::int64_t extent : prepared.shape) {
    if (extent <= 0 || values > buffer.bytes)
      throw Error(Reason::prepare, "the prepared tensor is empty or too large");
    values *= static_cast<std::uint64_t>(extent);
  }
  if (values * sizeof(float) > buffer.bytes || prepared.shape.size() < 3) {
    throw Error(Reason::prepare, "the prepared tensor does not fit its buffer");
  }
  prepared.bytes = values * sizeof(float);
  const std::string made_with = answer.value("plan_sha256", bundle.plan_sha256);
  const bool is_external = wanted.is_external && made_with.empty();
  if (made_with.empty() && !is_external) {
    throw Error(Reason::plan_mismatch, "the tensor does not say with which plan it was made",
                "take tensors made elsewhere with --prepared");
  }
  if (made_with != bundle.plan_sha256 && !is_external) {
    throw Error(Reason::plan_mismatch, "the tensor was made with plan " + made_with.substr(0, 12) +
                                           ", the model has " + bundle.plan_sha256.substr(0, 12));
  }
  check_ranges(answer, wanted);
  prepared.content_key = answer.value("tensor_key", std::string());
  if (prepared.content_key.empty()) {
    prepared.content_key = content_key(answer, wanted, bundle, is_external);
  }
  prepared.flags = wanted.flags;
  for (const std::string& flag : answer.value("flags", std::vector<std::string>()))
    add_flag(prepared.flags, flag);
  return prepared;
}

bool may_be_shown(const Json& attributes, Thumbnails thumbnails) {
  return thumbnails == Thumbnails::all || (thumbnails == Thumbnails::safe && !may_show_text(attributes));
}

void save_preview(const Json& answer, const std::string& case_id, const std::filesystem::path& run_folder) {
  const std::string picture = from_base64(answer.value("preview", ""));
  if (picture.empty()) return;
  make_folder(run_folder / "previews");
  write_file_atomically(run_folder / "previews" / (case_id + ".png"), picture);
}

}  // namespace radbatch
