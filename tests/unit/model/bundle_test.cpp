#include "radbatch/model/bundle.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/hash.hpp"

using namespace radbatch;
using radbatch::testing::BundleFolder;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

/// The refusal of the example with one place changed.
std::string refusal(const std::string& pointer, const Json& value) {
  Json sidecar = example_sidecar();
  sidecar[Json::json_pointer(pointer)] = value;
  return message_of([&] { load(sidecar); });
}

Json openvino_backend() {
  return {{"file", "m/net.xml"},
          {"kind", "openvino"},
          {"openvino", "2026.4.1"},
          {"weights", {{"file", "m/net.bin"}}}};
}

std::string refusal_without(const std::string& key) {
  Json sidecar = example_sidecar();
  sidecar.erase(key);
  return message_of([&] { load(sidecar); });
}

}  // namespace

TEST_CASE("a bundle is read with its defaults") {
  const Bundle bundle = load(example_sidecar());
  CHECK(bundle.name == "chest");
  CHECK(bundle.batch == 8);
  CHECK(bundle.inputs[0].dims == std::vector<int>{2, 3});
  CHECK(bundle.inputs[0].channels == std::vector<int>{1});
  CHECK(bundle.inputs[0].on_many == OnMany::error);
  CHECK_FALSE(bundle.inputs[0].accept_uneven_slices);
  CHECK(bundle.heads[0].output == "0");
  CHECK(bundle.heads[0].findings[1].slug == "lung_opacity");
  CHECK(bundle.heads[0].findings[2].threshold == 0.5);
  CHECK(to_text(bundle.pooling.at(Level::slices)) == "mean");
  CHECK(bundle.plan.steps.size() == 1);
}

TEST_CASE("radbatch.json itself may be named instead of its folder") {
  const BundleFolder folder;
  CHECK(load_bundle(folder.path / "radbatch.json").folder == folder.path);
}

TEST_CASE("unknown and missing keys are named with their place") {
  CHECK(refusal("/licens", "CC0") == "radbatch.json: unknown key 'licens' | did you mean 'licence'?");
  CHECK(refusal("/inputs/0/modalty", "CT") ==
        "radbatch.json: inputs[0]: unknown key 'modalty' | did you mean 'modality'?");
  CHECK(refusal_without("heads") == "radbatch.json: key 'heads' is missing");
  CHECK(refusal_without("licence") == "radbatch.json: key 'licence' is missing");
  CHECK(refusal_without("pooling") ==
        "radbatch.json: pooling has no rule for slices, and the plan extracts slices | "
        "add \"pooling\": {\"slices\": \"mean\"}");
}

TEST_CASE("values outside the contract are refused") {
  CHECK(refusal("/heads/0/activation", "relu") ==
        "radbatch.json: heads[0].activation is 'relu'; softmax, sigmoid, none, inside, cumulative, corn are "
        "possible");
  CHECK(refusal("/heads/0/activation", "none") ==
        "radbatch.json: heads[0].activation none gives no probability | "
        "say softmax or sigmoid, or inside when the network applies it itself");
  CHECK(refusal("/heads/0/kind", "multi-label") ==
        "radbatch.json: heads[0].activation softmax needs a multi-class head");
  CHECK(refusal("/heads/0/findings/1/slug", "normal") ==
        "radbatch.json: heads[0].findings has the slug 'normal' twice");
  CHECK(refusal("/heads/0/thresholds/pneumothorx", 0.5) ==
        "radbatch.json: heads[0].thresholds: unknown key 'pneumothorx' | did you mean 'pneumothorax'?");
  CHECK(refusal("/pooling/slices", "max") ==
        "radbatch.json: pooling.slices is 'max', which means nothing for the multi-class head 'lung'; use "
        "mean");
  CHECK(refusal("/backends/0/file", "../model.ts") ==
        "radbatch.json: backends[0].file must be a path inside the bundle");
  CHECK(refusal("/format_version", "2.0") ==
        "radbatch.json: format_version is '2.0'; this radbatch reads 1.x");
  CHECK(refusal("/inputs/0/photometric", {"MONOCHROM2"})
            .starts_with("radbatch.json: inputs[0].photometric has 'MONOCHROM2'; PhotometricInterpretation "
                         "is one of MONOCHROME1, "));
  CHECK(refusal("/calibration", {{"kind", "platt"}}) ==
        "radbatch.json: calibration: key 'parameters' is missing");
  CHECK(refusal("/batch", 0) == "radbatch.json: batch must be from 1 to 4096");
}

TEST_CASE("activation maps come from features with weights, or from a layer") {
  CHECK_FALSE(load(example_sidecar()).cam);
  Json sidecar = example_sidecar();
  sidecar["cam"] = {{"features", "maps"}, {"weights", "cam.npy"}};
  CHECK(load(sidecar).cam->features == "maps");
  const std::string either = "radbatch.json: cam must have \"features\" and \"weights\", or \"layer\" alone";
  CHECK(refusal("/cam", {{"features", "maps"}}) == either);
  CHECK(refusal("/cam", {{"features", "maps"}, {"weights", "cam.npy"}, {"layer", "body"}}) == either);
  CHECK(refusal("/cam", {{"features", "maps"}, {"weights", "../cam.npy"}}) ==
        "radbatch.json: cam.weights must be a path inside the bundle");
}

TEST_CASE("what this version cannot execute is refused, not ignored") {
  CHECK(refusal("/inputs/0/if_missing", "zeros") ==
        "radbatch.json: inputs has one input, and if_missing would fill it: nothing gives it a grid");
}

TEST_CASE("class names that table readers take for a missing value are refused") {
  for (const char* name : {"NA", "None", "null", "nan", "N/A"}) {
    CHECK(refusal("/heads/0/findings/0/name", name) ==
          "radbatch.json: heads[0].findings[0].name is '" + std::string(name) +
              "', which table readers take for a missing value | "
              "call the class \"no finding\", \"normal\" or \"negative\"");
  }
}

TEST_CASE("a name without ASCII letters needs a slug") {
  Json sidecar = example_sidecar();
  sidecar["heads"][0]["findings"][2].erase("slug");
  sidecar["heads"][0].erase("thresholds");
  const std::string refused = message_of([&] { load(sidecar); });
  CHECK(refused ==
        "radbatch.json: heads[0].findings[2].slug must be of lower-case ASCII letters, digits and '_' | "
        "e.g. \"slug\": \"lung_opacity\"");
}

TEST_CASE("a fault of the plan names the step") {
  CHECK(refusal("/plan/0/axes", 2)
            .starts_with("radbatch.json: plan: plan[0].axes: unknown parameter of ExtractSlices"));
}

TEST_CASE("every refusal of a bundle is exit 4") {
  try {
    load_bundle("/nonexistent/model");
    FAIL("no error");
  } catch (const Error& problem) {
    CHECK(problem.exit_code() == ExitCode::model);
    CHECK(problem.message() == "/nonexistent/model: there is no such model");
  }
}

TEST_CASE("a folder without radbatch.json and lone model files say what to do") {
  const BundleFolder folder;
  folder.write("other/weights.pth", std::string("\x80\x02}q\x00.", 6));
  CHECK(message_of([&] { load_bundle(folder.path / "other"); }) ==
        (folder.path / "other").string() +
            " has no radbatch.json, so what its numbers mean is not declared | write one by "
            "models/schema/radbatch.schema.json; models/README.md has an example");
  const std::string pickle = message_of([&] { load_bundle(folder.path / "other" / "weights.pth"); });
  CHECK(pickle.find("weights.pth is a pickle (an old torch.save: weights without code) | build the network "
                    "in Python") != std::string::npos);
}

TEST_CASE("a backend's bytes, digest and archive kind are compared with the sidecar") {
  Json sidecar = example_sidecar();
  sidecar["backends"][0]["bytes"] = 6;
  const BundleFolder folder(sidecar);
  const auto refused = [&](const Json& change, bool allow) {
    Json changed = sidecar;
    changed["backends"][0].update(change);
    folder.write("radbatch.json", changed.dump());
    const Bundle bundle = load_bundle(folder.path);
    std::string text = message_of([&] { verify_backend(bundle, choose_backend(bundle), allow); });
    const auto at = text.find("model.ts");
    return at == std::string::npos ? text : text.substr(at, text.find(" | ") - at);
  };
  CHECK(refused(Json::object(), false) == "model.ts is missing");
  folder.write("models/model.ts", "no zip");
  CHECK(refused({{"bytes", 7}}, false) == "model.ts has 6 bytes, 7 declared");
  CHECK(refused(Json::object(), false) == "model.ts has no sha256 in radbatch.json");
  CHECK(refused({{"sha256", std::string(64, '0')}}, false) ==
        "model.ts has the SHA-256 " + sha256_hex("no zip") + ", " + std::string(64, '0') + " declared");
  const std::string kind =
      "model.ts is neither a TorchScript file nor an AOTInductor package; radbatch.json declares a "
      "TorchScript file";
  CHECK(refused({{"sha256", sha256_hex("no zip")}}, false) == kind);
  CHECK(refused(Json::object(), true) == kind);
}

TEST_CASE("a backend is chosen by kind, in the order of the sidecar") {
  Json sidecar = example_sidecar();
  sidecar["backends"].insert(sidecar["backends"].begin(),
                             Json{{"file", "m.pt2"}, {"kind", "aotinductor"}, {"isa", cpu_isa()}});
  sidecar["backends"].insert(sidecar["backends"].begin(),
                             Json{{"file", "other.pt2"}, {"kind", "aotinductor"}, {"isa", "avx9000"}});
  const Bundle bundle = load(sidecar);
  CHECK(choose_backend(bundle).file == "m.pt2");
  CHECK(choose_backend(bundle, "aotinductor").file == "m.pt2");
  CHECK(choose_backend(bundle, "torchscript").file == "models/model.ts");
  CHECK(choose_backend(bundle, "models/model.ts").kind == "torchscript");
  CHECK(choose_backend(bundle, "aotinductor", nullptr).file ==
        "other.pt2");  // for a merge on another machine
  CHECK(message_of([&] { choose_backend(bundle, "openvino"); }) ==
        "model 'chest' has no openvino backend for this processor (" + cpu_isa() +
            "); it has aotinductor for avx9000, aotinductor for " + cpu_isa() +
            ", torchscript | make one: radbatch model compile BUNDLE --backend openvino");
}

TEST_CASE("a backend with an obstacle is passed over with its reason, and refused where it is asked for") {
  Json sidecar = example_sidecar();
  sidecar["backends"].insert(sidecar["backends"].begin(), openvino_backend());
  const Bundle bundle = load(sidecar);
  const BackendObstacle obstacle = [](const Backend& backend) {
    return backend.kind == "openvino" ? "is of another world" : "";
  };
  CHECK(choose_backend(bundle).kind == "openvino");
  const Backend& chosen = choose_backend(bundle, "", obstacle);
  CHECK(chosen.kind == "torchscript");
  CHECK(passed_over(bundle, chosen, "", obstacle) ==
        std::vector<std::string>{"m/net.xml is of another world; taking models/model.ts"});
  CHECK(passed_over(bundle, bundle.backends.front(), "", {}).empty());
  CHECK(message_of([&] { choose_backend(bundle, "openvino", obstacle); }) ==
        "model 'chest': m/net.xml is of another world | leave out --backend to take the next that can run, "
        "or name "
        "another");
}

TEST_CASE("an OpenVINO backend is two files, and only it is") {
  Json sidecar = example_sidecar();
  sidecar["backends"][0] = openvino_backend();
  CHECK(load(sidecar).backends[0].weights->file == "m/net.bin");
  CHECK(load(sidecar).backends[0].openvino == "2026.4.1");
  CHECK(refusal("/backends/0/kind", "openvino")
            .starts_with(
                "radbatch.json: backends[0].weights is missing: an OpenVINO model is a graph and a file"));
  CHECK(refusal("/backends/0/weights", openvino_backend()["weights"]) ==
        "radbatch.json: backends[0].weights belongs to an openvino backend only");
  sidecar["backends"][0]["weights"]["file"] = "/etc/passwd";
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: backends[0].weights.file must be a path inside the bundle");
}

TEST_CASE("both files of an OpenVINO backend are compared with the sidecar") {
  const std::string graph = "<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\"></net>";
  Json sidecar = example_sidecar();
  sidecar["backends"][0] = openvino_backend();
  sidecar["backends"][0]["sha256"] = sha256_hex(graph);
  sidecar["backends"][0]["weights"].update({{"sha256", sha256_hex("1234")}, {"bytes", 4}});
  const BundleFolder folder(sidecar);
  folder.write("m/net.xml", graph);
  const Bundle bundle = load_bundle(folder.path);
  const auto refused = [&](bool allow = false) {
    const std::string text = message_of([&] { verify_backend(bundle, bundle.backends[0], allow); });
    const auto at = text.find("m/net.");
    return at == std::string::npos ? text : text.substr(at, text.find(" | ") - at);
  };
  CHECK(refused() == "m/net.bin is missing");
  folder.write("m/net.bin", "12345");
  CHECK(refused() == "m/net.bin has 5 bytes, 4 declared");
  folder.write("m/net.bin", "1235");
  CHECK(refused() ==
        "m/net.bin has the SHA-256 " + sha256_hex("1235") + ", " + sha256_hex("1234") + " declared");
  CHECK(refused(true) == "no error");
  folder.write("m/net.bin", "1234");
  CHECK(refused() == "no error");
  CHECK(model_sha256(bundle, bundle.backends[0]) == sha256_hex(sha256_hex(graph) + sha256_hex("1234")));
  folder.write("m/net.xml", "<html>");
  CHECK(refused(true) ==
        "m/net.xml is neither a TorchScript file nor an AOTInductor package; radbatch.json "
        "declares the graph of an OpenVINO model");
}

TEST_CASE("the sidecar's digest follows thresholds and not the model card") {
  Json sidecar = example_sidecar();
  const std::string before = sidecar_sha256(load(sidecar));
  sidecar["intended_use"] = "other words";
  CHECK(sidecar_sha256(load(sidecar)) == before);
  sidecar["batch"] = 8;
  CHECK(sidecar_sha256(load(sidecar)) == before);
  sidecar["heads"][0]["thresholds"]["pneumothorax"] = 0.4;
  CHECK(sidecar_sha256(load(sidecar)) != before);
}

TEST_CASE("a bundle of several inputs: its plan is bound to their names") {
  Json sidecar = example_sidecar();
  sidecar["inputs"].push_back({{"name", "t2"}, {"dims", 3}, {"channels", 1}, {"if_missing", "mask-channel"}});
  sidecar["plan"] = Json::parse(R"([{"name": "ConcatItems", "keys": ["t2", "image"], "output": "both"},
                                    {"name": "ExtractSlices"}])");
  const Bundle bundle = load(sidecar);
  CHECK(bundle.tensor_name == "both");
  CHECK(bundle.inputs[0].if_missing == FillMissing::refuse);
  CHECK(bundle.inputs[1].if_missing == FillMissing::mask_channel);
  sidecar["inputs"][1]["required"] = true;
  CHECK(
      message_of([&] { load(sidecar); }) ==
      "radbatch.json: inputs[1].required is true, and if_missing says what stands for the input without it | "
      "\"if_missing\": \"zeros\" or \"mask-channel\" makes an input optional");
  sidecar["inputs"][1] = {{"name", "Image"}, {"dims", 3}, {"channels", 1}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: inputs has the name 'Image' twice (letter case does not count)");
}
