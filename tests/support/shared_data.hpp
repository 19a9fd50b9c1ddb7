// The real data beside the repository, for tests that can do more where it is there.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

namespace radbatch::test {

/// RADBATCH_DATA, or ../shared/data beside the repository; says so when neither exists.
inline bool has_shared_data(std::filesystem::path& folder) {
  const char* named = std::getenv("RADBATCH_DATA");
  folder = named != nullptr ? named : RADBATCH_TEST_DATA;
  const bool there = std::filesystem::is_directory(folder / "dicom");
  if (!there) MESSAGE("skipped: no data in " << folder.string());
  return there;
}

}  // namespace radbatch::test
