// dump-pixels DICTIONARY OUT FILE...: what read_stored_pixels makes of each file, for tests in Python that
// compare it with other readers. One line of JSON per file on standard output; the samples go one after the
// other into OUT.
#include <cstdio>
#include <fstream>
#include <span>

#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/dicom/pixels.hpp"

using namespace radbatch;

namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;

Json describe(const StoredPixels& p) {
  return {{"columns", p.columns},
          {"rows", p.rows},
          {"frames", p.frames},
          {"channels", p.channels},
          {"type", std::string(name(p.type))},
          {"bytes", p.samples.size()},
          {"slope", p.slope},
          {"intercept", p.intercept}};
}

Json dump(const char* path, std::ofstream& out) {
  try {
    const FileRecord record = scan_dicom(path);
    if (record.reason) return {{"reason", std::string(code(*record.reason))}, {"detail", record.detail}};
    const StoredPixels pixels = read_stored_pixels(path, plenty);
    out.write(reinterpret_cast<const char*>(pixels.samples.data()),
              static_cast<std::streamsize>(pixels.samples.size()));
    return describe(pixels);
  } catch (const Error& error) {
    return {{"reason", std::string(error.reason() ? code(*error.reason()) : "internal")},
            {"detail", error.message()}};
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  load_dictionary(arguments[1]);
  std::ofstream out(arguments[2], std::ios::binary);
  for (const char* path : arguments.subspan(3)) std::printf("%s\n", dump(path, out).dump().c_str());
  return out.good() ? 0 : 1;
}
