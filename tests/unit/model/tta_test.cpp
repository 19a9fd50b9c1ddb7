#include "radbatch/model/tta.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

std::vector<std::string> names_of(const std::string& tta, const std::string& axes) {
  std::vector<std::string> names;
  for (const Sight& sight : sights_of(parse_tta(tta), axes)) names.push_back(sight.name);
  return names;
}

}  // namespace

TEST_CASE("the grammar has one canonical form") {
  CHECK(to_text(parse_tta("shift:2,flips:SI+LR,rotate:2.5")) == "flips:LR+SI,rotate:2.5,shift:2");
  CHECK(to_text(parse_tta("flips")) == "flips");
}

TEST_CASE("what is not understood is refused with an example") {
  const std::string hint = " | for example flips:LR, flips:LR+AP,rotate:5,shift:2, or bundle";
  const auto refused = [](const char* text) { return message_of([&] { parse_tta(text); }); };
  CHECK(refused("flip:LR") ==
        "test-time augmentation: 'flip:LR' is none of flips:AXES, rotate:DEGREES, "
        "shift:PIXELS" +
            hint);
  CHECK(refused("flips:LX") ==
        "test-time augmentation: 'flips:LX' names the axis 'LX'; axes are LR, AP, SI, i, j, k" + hint);
  CHECK(refused("rotate:90") ==
        "test-time augmentation: 'rotate:90' should have a number above 0 and up to 45" + hint);
  CHECK(refused("flips:LR+LR") == "test-time augmentation: 'flips:LR+LR' names an axis twice" + hint);
  CHECK(refused("rotate:5,rotate:9") ==
        "test-time augmentation: 'rotate:5,rotate:9' has one kind twice" + hint);
  for (const char* bad : {"", "rotate", "rotate:-5", "rotate:nan", "shift:1px", "flips:", "flips:LR,"})
    CHECK_MESSAGE(refused(bad) != "no error", bad);
}

TEST_CASE("sights: every set of flips, both directions of a move") {
  CHECK(names_of("flips:LR+AP", "N,C,R,A,S") ==
        std::vector<std::string>{"plain", "flip-LR", "flip-AP", "flip-LR-AP"});
  CHECK(names_of("rotate:5,shift:2", "N,C,L,A") == std::vector<std::string>{"plain", "rotate+5", "rotate-5",
                                                                            "shift-LR+2", "shift-LR-2",
                                                                            "shift-AP+2", "shift-AP-2"});
}

TEST_CASE("an axis is found by either of its ends, wherever it stands") {
  CHECK(sights_of(parse_tta("flips:SI"), "N,C,L,P,S")[1].flipped == std::vector<std::size_t>{4});
  CHECK(sights_of(parse_tta("flips:LR+SI"), "N,C,I,P,L")[3].flipped == std::vector<std::size_t>{2, 4});
  CHECK(message_of([] {
          sights_of(parse_tta("flips:LR"), "N,C,i,j");
        }).starts_with("test-time augmentation flips the axis LR; the axes of the tensor are N,C,i,j"));
}

TEST_CASE("a sight survives its way to the worker") {
  for (const Sight& sight : sights_of(parse_tta("flips:LR,rotate:5,shift:0.5"), "N,C,R,A"))
    CHECK(to_json(sight_from_json(to_json(sight))) == to_json(sight));
}

TEST_CASE("no axis is flipped that nobody named") {
  CHECK(message_of([] {
          chosen_tta("flips", std::nullopt);
        }).starts_with("test-time augmentation: 'flips' without axes takes those that the model declares"));
  CHECK(to_text(chosen_tta("flips", parse_tta("flips:AP,rotate:3"))) == "flips:AP");
  CHECK(to_text(chosen_tta("flips:LR", std::nullopt)) == "flips:LR");
}

TEST_CASE("a declaration is the limit, and an empty one forbids all") {
  const std::optional<Tta> declared = parse_tta("flips:AP,rotate:10");
  CHECK(to_text(chosen_tta("bundle", declared)) == "flips:AP,rotate:10");
  CHECK(to_text(chosen_tta("rotate:5", declared)) == "rotate:5");
  const auto refused = [](const char* asked, const std::optional<Tta>& bound) {
    return message_of([&] { chosen_tta(asked, bound); });
  };
  CHECK(refused("flips:LR", declared)
            .starts_with("test-time augmentation: the model does not declare 'flips:LR' as sensible; it "
                         "declares flips:AP,rotate:10"));
  CHECK(refused("rotate:11", declared)
            .starts_with("test-time augmentation: the model does not declare 'rotate:11'"));
  CHECK(
      refused("rotate:1", Tta{})
          .starts_with(
              "test-time augmentation: the model does not declare 'rotate:1' as sensible; it declares none"));
}

TEST_CASE("a bundle's declaration is read strictly") {
  Json sidecar = example_sidecar();
  CHECK(!load(sidecar).tta);
  sidecar["tta"] = Json::array();
  CHECK(load(sidecar).tta->empty());
  sidecar["tta"] = {"flips:AP", "rotate:5"};
  CHECK(to_text(*load(sidecar).tta) == "flips:AP,rotate:5");
  sidecar["tta"] = {"flips"};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: tta must name the axes of flips | \"flips:LR\"");
  sidecar["tta"] = "flips:LR";
  CHECK(message_of([&] { load(sidecar); }) == "radbatch.json: tta must be a list of texts");
  sidecar["tta"] = {"mirror"};
  CHECK(
      message_of([&] { load(sidecar); }).starts_with("radbatch.json: tta: test-time augmentation: 'mirror'"));
}
