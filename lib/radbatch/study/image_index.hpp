// The images of a cohort without their files: what choosing among them needs, small enough to read in a
// moment.
//
// A scan of 300,000 slices is a few hundred megabytes of records but a few megabytes of images, and rules are
// tried over and over.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// One JSON line per case behind a header line that names the program's revision.
std::string image_index_text(std::span<const Case> cases);
/// The cases with images and members but without files. Nothing when the text is of another revision: what is
/// derived from headers may have changed, so the images have to be made from the records again.
std::optional<std::vector<Case>> cases_of_image_index(std::string_view text);

}  // namespace radbatch
