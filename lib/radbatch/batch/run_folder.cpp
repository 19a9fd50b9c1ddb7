#include "radbatch/batch/run_folder.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/publish_once.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

bool holds_other_things(const fs::path& root) {
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(root, missing)) {
    const std::string name = entry.path().filename().string();
    if (name != "journal" && name != "private") return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> differences(const Json& theirs, const Json& ours) {
  std::vector<std::string> lines;
  const Json left = theirs.flatten();
  const Json right = ours.flatten();
  auto show = [](const Json& values, const std::string& key) {
    return values.contains(key) ? values[key].dump() : std::string("nothing");
  };
  Json keys = left;
  keys.update(right);
  for (const auto& [key, value] : keys.items()) {
    if (show(left, key) == show(right, key)) continue;
    lines.push_back(key.substr(1) + ": " + show(left, key) + " there, " + show(right, key) + " here");
  }
  return lines;
}

void RunFolder::check_claim(const Json& identity) const {
  if (is_claimed()) return check_identity(identity);
  if (holds_other_things(root_)) {
    throw Error(ExitCode::usage, printable(root_.string()) + " is not empty and holds no run of radbatch",
                "choose a new folder with -o");
  }
  // The folder that is there, in which the others would be made.
  std::error_code missing;
  fs::path there = fs::absolute(root_);
  while (!fs::exists(there, missing) && there != there.parent_path()) there = there.parent_path();
  const bool is_folder = fs::is_directory(there, missing);
  if (is_folder && ::access(there.c_str(), W_OK) == 0) return;
  const int why = is_folder ? errno : ENOTDIR;
  throw Error(ExitCode::output,
              "cannot create the folder " + printable(root_.string()) + ": " + std::strerror(why),
              "choose another folder that can be created and written");
}

void RunFolder::claim(const Json& identity) const {
  check_claim(identity);
  if (!is_claimed()) {
    make_folder(root_);
    make_folder(journal());
    make_folder(private_folder(), true);
    publish_once(identity_file(), pretty(identity));
  }
  check_identity(identity);
}

void RunFolder::check_identity(const Json& identity) const {
  const std::vector<std::string> other = differences(this->identity(), identity);
  if (other.empty()) {
    if (::access(root_.c_str(), W_OK) != 0) {
      throw Error(ExitCode::output,
                  "cannot write into " + printable(root_.string()) + ": " + std::strerror(errno));
    }
    return;
  }
  throw Error(ExitCode::usage, printable(root_.string()) + " belongs to another run: " + join(other, "; "),
              "choose a new folder with -o, or repeat the other run's options");
}

Json RunFolder::identity() const {
  std::error_code missing;
  if (!fs::exists(identity_file(), missing)) {
    throw Error(ExitCode::usage, printable(root_.string()) + " holds no run of radbatch");
  }
  return read_json_file(identity_file());
}

std::string RunFolder::patient_key_secret(const fs::path& key_file) const {
  if (!key_file.empty()) {
    try {
      return read_file(key_file);
    } catch (const Error& problem) {
      throw Error(ExitCode::usage, problem.message());
    }
  }
  const fs::path own = private_folder() / "patient-key";
  std::error_code missing;
  if (!fs::exists(own, missing)) {
    std::array<char, 32> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
      throw Error(ExitCode::internal, "no random numbers from the system");
    }
    publish_once(own, sha256_hex({random.data(), random.size()}) + "\n");
  }
  return read_file(own);
}

}  // namespace radbatch
