// One case on its way to files: an image after the other, each with its sidecar and, where asked, its contact
// sheet.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/case_work.hpp"
#include "radbatch/batch/convert_grid.hpp"
#include "radbatch/batch/pending_file.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/frame_choice.hpp"

namespace radbatch {

/// Where and how the images of a case are written.
struct ConvertPlan {
  std::filesystem::path out;
  std::string format;              ///< nii.gz, nii, nrrd, mha, png or h5
  std::vector<std::string> names;  ///< of each image, below `out`, without its ending
  std::vector<Json> extra;         ///< members to add to each sidecar; may be shorter
  bool keep_phi = false;
  FrameChoice frames;                               ///< of clips
  std::vector<std::optional<GridRefusal>> refused;  ///< for each image why the grid options refuse it
  std::vector<Json> grid;                           ///< for each image what is to be done to its grid
  std::vector<bool> preview;  ///< for each image whether it gets a contact sheet; may be shorter
};

/// An image written as many PNGs: their paths, slices fastest, below the folder `name`.
std::vector<std::string> slice_paths(const std::string& name, std::int64_t slices, std::int64_t frames);

/// The outcome's result is {"files": [...], "previews": [...]}. A file has "image" (index of the candidate),
/// and either "reason" and "detail" or "path", "bytes", "digests", "kind" (a FileKind); written as several
/// PNGs "path" is a folder and "slices" says how many, "bytes" is their sum. "frames" where there are
/// several, "facts" what is no longer as the candidate says (changed_facts), "flags" the W_* of its reading,
/// "gradients" {"bval", "bvec"} the paths and "bytes" the size of both, for diffusion written as NIfTI.
std::unique_ptr<CaseWork> make_convert_work(const Case& one, ConvertPlan plan);

}  // namespace radbatch
