// A folder for work whose result goes elsewhere.
#pragma once

#include <filesystem>
#include <string>

namespace radbatch {

/// A fresh folder in the system's folder for temporaries (TMPDIR), readable by this user only, which goes
/// with the object.
class PassingFolder {
 public:
  /// `purpose` is part of its name. Throws Error(ExitCode::output).
  explicit PassingFolder(const std::string& purpose);
  ~PassingFolder();
  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace radbatch
