// How the library tells people what happens. It reports events and never prints; the command line decides
// where they go, a test collects them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"

namespace radbatch {

/// How far a run is. `total` is 0 while it is not known (a stream).
struct Progress {
  std::string doing;  ///< "scanning", "classifying"
  std::size_t done = 0;
  std::size_t total = 0;
  std::map<Status, std::size_t> by_status;
  std::map<std::string, std::size_t> by_reason;  ///< refused and failed cases of this sitting, by code
  double per_second = 0;                         ///< cases that this sitting finishes; 0: not known yet
  std::map<std::string, double> busy;  ///< share of the processors that each stage keeps busy, 0 to 1

  /// Seconds until `total`, or nothing while that cannot be said.
  std::optional<double> seconds_left() const {
    if (total == 0 || done >= total || per_second <= 0) return std::nullopt;
    return static_cast<double>(total - done) / per_second;
  }
};

/// What happened, for machines: a line of --log-format json.
struct Event {
  std::string name;  ///< "case", "progress"
  Json facts;
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void info(const std::string& text) = 0;     ///< one line, shown unless --quiet
  virtual void detail(const std::string& text) = 0;   ///< shown with --verbose
  virtual void warning(const std::string& text) = 0;  ///< always shown
  virtual void progress(const Progress& progress) = 0;
  virtual void event(const Event&) {}  ///< kept only where a log for machines was asked for
  /// One line of data for standard output (--stream). Returns false when the reader has closed the pipe.
  virtual bool data(const std::string& line) = 0;
};

/// Keeps everything: for tests and for callers that want no output.
class RecordingReporter : public Reporter {
 public:
  void info(const std::string& text) override { lines.push_back(text); }
  void detail(const std::string& text) override { lines.push_back(text); }
  void warning(const std::string& text) override { lines.push_back("warning: " + text); }
  void progress(const Progress&) override {}
  bool data(const std::string& line) override {
    stream.push_back(line);
    return true;
  }

  std::vector<std::string> lines;
  std::vector<std::string> stream;
};

}  // namespace radbatch
