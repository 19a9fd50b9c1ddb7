// What the files of a converted case are called: the same in every run, never two alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// Path of each image of the case, in order, without its ending, below the run folder:
/// "<case_id>/series-<12 hex digits of its identity>", "<case_id>/image" for files other than DICOM, and
/// "-2",
/// "-3" where two would be alike.
std::vector<std::string> default_names(const Case& one);

/// "{case_id}/{SeriesNumber}_{SeriesDescription}" and the like.
class NameTemplate {
 public:
  /// Throws Error(ExitCode::usage) for a field that is unknown or identifies (those only with `keep_phi`),
  /// and when {case_id} is not a folder of its own: then two cases could share a file.
  NameTemplate(std::string_view text, bool keep_phi);

  /// As default_names. Values become [A-Za-z0-9.-] and '_', an absent one "none"; images with one name get
  /// "_2", "_3" in the order of the case's images, which does not depend on how the files were found.
  std::vector<std::string> names(const Case& one) const;

 private:
  struct Part {
    std::string text;
    bool is_field = false;
  };
  std::string name_of(const Case& one, std::size_t image) const;
  std::vector<Part> parts_;
};

/// Makes names unique without regard to letter case: "a", "a", "b" become "a", "a_2", "b".
std::vector<std::string> told_apart(std::vector<std::string> names, std::string_view separator);

}  // namespace radbatch
