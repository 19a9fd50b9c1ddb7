// The part of an image that a manifest means: a box or a mask.
#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/manifest.hpp"

namespace radbatch {
namespace {

[[noreturn]] void wrong(const std::string& why) {
  throw Error(ExitCode::usage, why);
}

void check_keys(const Json& object, const std::string& name, const std::vector<std::string>& known) {
  if (!object.is_object()) wrong("\"" + name + "\" must be an object");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      wrong("\"" + name + "\" has the unknown key \"" + printable(key) + "\"; known are " +
            join(known, ", "));
    }
  }
}

void check_three(const Json& roi, const char* key) {
  const Json three = roi.value(key, Json());
  const auto is_number = [](const Json& value) { return value.is_number(); };
  if (three.is_array() && three.size() == 3 && std::ranges::all_of(three, is_number)) return;
  wrong(std::string("\"roi\" needs \"") + key + "\": three numbers");
}

}  // namespace

Json checked_region(const Json& roi, const Json& mask, const std::filesystem::path& folder) {
  Json region = Json::object();
  if (!roi.is_null() && !mask.is_null()) wrong("a case has \"roi\" or \"mask\", not both");
  if (!roi.is_null()) {
    check_keys(roi, "roi", {"center_mm", "space", "size_mm"});
    check_three(roi, "center_mm");
    check_three(roi, "size_mm");
    for (const Json& extent : roi["size_mm"]) {
      if (extent <= 0) wrong("\"roi\" has a size_mm that is not above 0");
    }
    if (roi.value("space", "") != "LPS" && roi.value("space", "") != "RAS") {
      wrong("\"roi\" needs \"space\": LPS or RAS");
    }
    region["roi"] = roi;
  }
  if (!mask.is_null()) {
    check_keys(mask, "mask", {"path", "label"});
    if (!mask.contains("path") || !mask["path"].is_string()) wrong("\"mask\" needs a \"path\"");
    region["mask"] = mask;
    region["mask"]["path"] =
        std::filesystem::absolute(folder / mask["path"].get<std::string>()).lexically_normal().string();
  }
  return region;
}

}  // namespace radbatch
