// A run folder of six cases for the report's tests.
#pragma once

#include <filesystem>
#include <string>

#include "radbatch/base/atomic_file.hpp"

namespace radbatch {

/// Two findings, four done cases (c may show text), one failed with a hostile detail, one skipped.
inline std::filesystem::path make_example_run(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / ("radbatch-unit-report-" + name);
  std::filesystem::remove_all(folder);
  make_folder(folder / "previews");
  write_file_atomically(folder / "predictions.csv",
                        "case_id,status,p_hand,p_lung,top,flags\n"
                        "a,done,0.9,0.1,Hand,\n"
                        "b,done,0.2,0.8,肺 <b>,\n"
                        "c,done,0.6,0.4,Hand,W_MAY_SHOW_TEXT\n"
                        "d,done,0.3,0.7,肺 <b>,\n"
                        "e,failed,,,,\n"
                        "f,skipped,,,,\n");
  write_file_atomically(folder / "cases.csv",
                        "case_id,status,reason,detail,n_files\n"
                        "a,done,,,1\nb,done,,,1\nc,done,,,1\nd,done,,,1\n"
                        "e,failed,E_BAD_HEADER,<script>alert(1)</script>,1\n"
                        "f,skipped,E_MODALITY,,1\n");
  write_file_atomically(folder / "run.json", R"({"tool": "radbatch-infer", "version": "0.1.0",
    "model": {"name": "\"><img src=x onerror=alert(1)>", "findings": [
      {"name": "Hand", "slug": "hand", "column": "p_hand"}, {"name": "肺 <b>", "slug": "lung", "column": "p_lung"}]},
    "files": {"found": 8, "in_cases": 6, "unassigned": {"E_NOT_IMAGE": 2}}})");
  for (const char* id : {"a", "c"}) {
    write_file_atomically(folder / "previews" / (std::string(id) + ".png"),
                          std::string("\x89PNG\r\n\x1A\n picture ") + id);
  }
  return folder;
}

}  // namespace radbatch
