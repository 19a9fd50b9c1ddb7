// Messages and progress for people, on standard error; data on standard output.
#pragma once

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/reporter.hpp"

namespace radbatch {

enum class When { automatic, always, never };

/// One line of at most `columns` characters; what matters most comes first: how far, how long still, what
/// went wrong, how busy the stages are.
std::string progress_text(const Progress& progress, std::size_t columns);

/// "auto", "always", "never". Throws Error(ExitCode::usage).
When parse_when(const std::string& word);

struct TerminalOptions {
  bool quiet = false;
  bool verbose = false;
  std::string log_file;
  bool log_as_json = false;
  When progress = When::automatic;
  When color = When::automatic;
};

class Terminal : public Reporter {
 public:
  /// Throws Error(ExitCode::output) when the log file cannot be opened.
  Terminal(std::string tool, const TerminalOptions& options);
  ~Terminal() override;

  void info(const std::string& text) override;
  void detail(const std::string& text) override;
  void warning(const std::string& text) override;
  void progress(const Progress& progress) override;
  void event(const Event& event) override;
  bool data(const std::string& line) override;
  /// "radbatch-infer: error: ..." and, where there is one, "hint: ...".
  void error(const Error& problem);

 private:
  void line(const std::string& level, const std::string& text, const std::string& color);
  void clear_progress();
  void draw(const Progress& progress);
  void log(const std::string& level, Json facts, const std::string& plain);

  std::string tool_;
  TerminalOptions options_;
  bool live_ = false;  ///< progress is redrawn in place
  bool color_ = false;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{}, logged_ = started_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> log_;
};

}  // namespace radbatch
