#include "radbatch/model/windows.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

using Starts = std::vector<std::vector<std::int64_t>>;

Windows windows_of(std::vector<std::int64_t> size, double overlap) {
  Windows windows;
  windows.overlap.assign(size.size(), overlap);
  windows.sigma_scale.assign(size.size(), 0.125);
  windows.size = std::move(size);
  return windows;
}

Starts starts(const std::vector<std::int64_t>& image, const Windows& windows) {
  return window_grid(windows, image).starts;
}

/// A bundle whose network looks at windows of 4 x 3.
Json windowed() {
  Json sidecar = example_sidecar();
  sidecar["plan"] = {{{"name", "NormalizeIntensity"}}};
  sidecar["windows"] = {{"size", {4, 3}}};
  sidecar["pooling"] = {{"windows", "mean"}};
  return sidecar;
}

}  // namespace

// Golden numbers of this file: MONAI 1.6.1, dense_patch_slices over _get_scan_interval and
// compute_importance_map; tests/oracles/test_levels.py compares many more.
TEST_CASE("windows lie where MONAI's lie") {
  CHECK(starts({7, 5}, windows_of({4, 3}, 0.25)) == Starts{{0, 0}, {0, 2}, {3, 0}, {3, 2}});
  CHECK(starts({10}, windows_of({4}, 0.5)) == Starts{{0}, {2}, {4}, {6}});
  CHECK(starts({100}, windows_of({30}, 0.33)) == Starts{{0}, {20}, {40}, {60}, {70}});
  CHECK(starts({6, 5, 4}, windows_of({4, 4, 4}, 0.9)) ==
        Starts{{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 0}, {2, 0, 0}, {2, 1, 0}});
}

TEST_CASE("each axis may have an overlap of its own, and a short image is padded") {
  Windows windows = windows_of({4, 4}, 0.25);
  windows.overlap[1] = 0.6;
  const std::vector<std::int64_t> image{3, 9};
  const WindowGrid grid = window_grid(windows, image);
  CHECK(grid.starts == Starts{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}});
  CHECK(grid.padded == std::vector<std::int64_t>{4, 9});
  CHECK(grid.before == std::vector<std::int64_t>{0, 0});
}

TEST_CASE("importance is a bell with a floor of 0.001") {
  Windows windows = windows_of({5, 3}, 0);
  windows.importance = Importance::gaussian;
  const std::vector<float> map = importance_map(windows);
  REQUIRE(map.size() == 15);
  CHECK(map[0] == doctest::Approx(0.0010000000474974513));
  CHECK(map[1] == doctest::Approx(0.005976023618131876).epsilon(1e-6));
  CHECK(map[4] == doctest::Approx(0.27803730964660645).epsilon(1e-6));
  CHECK(map[6] == doctest::Approx(0.028565499931573868).epsilon(1e-6));
  CHECK(map[7] == 1);
  CHECK(importance_map(windows_of({2, 2}, 0)) == std::vector<float>{1, 1, 1, 1});
}

TEST_CASE("an image that windows do not fit is refused") {
  const std::vector<std::int64_t> flat{5}, thin{2, 9};
  CHECK(message_of([&] {
          window_grid(windows_of({4, 3}, 0), flat);
        }) == "the tensor has the spatial shape [5]; the model's windows are [4, 3]");
  Windows mirrored = windows_of({7, 3}, 0);
  mirrored.padding = WindowPadding::reflect;
  CHECK(message_of([&] { window_grid(mirrored, thin); }) ==
        "the image [2, 9] is too small to be reflected into a window of [7, 3]");
}

TEST_CASE("windows of a bundle") {
  const Bundle bundle = load(windowed());
  CHECK(to_text(*bundle.windows) == "4 x 3, overlap 0.25 x 0.25, constant importance, padding constant");
  Json sidecar = windowed();
  sidecar["windows"] = {{"size", {4, 3}},
                        {"overlap", {0.5, 0}},
                        {"importance", "gaussian"},
                        {"sigma_scale", 0.25},
                        {"padding_mode", "reflect"}};
  CHECK(to_text(*load(sidecar).windows) == "4 x 3, overlap 0.5 x 0, gaussian importance, padding reflect");
}

TEST_CASE("windows that mean nothing are refused") {
  const auto with = [](const char* key, Json value) {
    Json sidecar = windowed();
    sidecar["windows"][key] = std::move(value);
    return message_of([&] { load(sidecar); });
  };
  CHECK(with("size", {4, 0}) ==
        "radbatch.json: windows.size must be one to three numbers of at least 1, in the order of the "
        "tensor's axes");
  CHECK(with("overlap", 1) == "radbatch.json: windows.overlap must be from 0 to below 1");
  CHECK(with("overlap", {0.5}) ==
        "radbatch.json: windows.overlap must be a number, or a list with one for each axis of size");
  CHECK(with("sigma_scale", 0) == "radbatch.json: windows.sigma_scale must be above 0");
}

TEST_CASE("windows need their way back to the case, and one image to be cut from") {
  Json sidecar = windowed();
  sidecar["pooling"] = {{"slices", "mean"}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: pooling has no rule for windows, and the network looks at windows | add \"pooling\": "
        "{\"windows\": \"mean\"}, or \"map\" to heads whose output is dense");
  sidecar["heads"][0]["map"] = "mean";
  CHECK(message_of([&] { load(sidecar); }) == "no error");
  sidecar["plan"] = {{{"name", "ExtractSlices"}, {"axis", 2}}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: windows and the plan's ExtractSlices do not go together: windows are cut from one "
        "image");
}

TEST_CASE("windows and features are in the digest of the sidecar, and only where they are") {
  Json sidecar = windowed();
  const std::string with = sidecar_sha256(load(sidecar));
  sidecar["windows"]["overlap"] = 0.5;
  CHECK(sidecar_sha256(load(sidecar)) != with);
  // As version 0.1.0 wrote it into run folders.
  CHECK(sidecar_sha256(load(example_sidecar())) ==
        "bd549b3d18b078c8871062f208b010c37bfe6797382a0aacffdd590bbc13d8cc");
}
