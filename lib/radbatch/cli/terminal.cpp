#include "radbatch/cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"

namespace radbatch {
namespace {

constexpr std::chrono::milliseconds REDRAW_EVERY{200};
constexpr std::chrono::seconds LOG_EVERY{60};

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return !term || std::strcmp(term, "dumb") == 0;
}

bool decide(When when, bool automatic) {
  return when == When::always || (when == When::automatic && automatic);
}

std::size_t columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

When parse_when(const std::string& word) {
  if (word == "auto") return When::automatic;
  if (word == "always") return When::always;
  if (word == "never") return When::never;
  throw Error(ExitCode::usage, "expected auto, always or never, not '" + printable(word) + "'");
}

Terminal::Terminal(std::string tool, const TerminalOptions& options)
    : tool_(std::move(tool)), options_(options), log_(nullptr, &std::fclose) {
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  color_ = decide(options.color, is_terminal && !is_dumb() && !(no_color && *no_color));
  live_ = decide(options.progress, is_terminal && !is_dumb()) && !options.quiet;
  if (options.log_file.empty()) return;
  log_.reset(std::fopen(options.log_file.c_str(), "ae"));
  if (!log_)
    throw Error(ExitCode::output, "cannot open the log " + options.log_file + ": " + std::strerror(errno));
}

Terminal::~Terminal() {
  clear_progress();
}

void Terminal::clear_progress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

void Terminal::line(const std::string& level, const std::string& text, const std::string& color) {
  if (log_) {
    const std::string entry =
        options_.log_as_json
            ? canonical({{"time", utc_now()}, {"tool", tool_}, {"level", level}, {"text", text}})
            : utc_now() + " " + level + " " + text;
    fmt::print(log_.get(), "{}\n", entry);
    std::fflush(log_.get());
  }
  if ((level == "info" && options_.quiet) || (level == "detail" && !options_.verbose)) return;
  clear_progress();
  const bool labelled = level == "warning" || level == "error";
  const std::string label = labelled ? level + ": " : std::string();
  fmt::print(stderr, "{}: {}{}{}{}\n", tool_, color_ && labelled ? color : "", label,
             color_ && labelled ? "\x1b[0m" : "", text);
}

void Terminal::info(const std::string& text) {
  line("info", text, "");
}
void Terminal::detail(const std::string& text) {
  line("detail", text, "");
}
void Terminal::warning(const std::string& text) {
  line("warning", text, "\x1b[33m");
}

void Terminal::error(const Error& problem) {
  line("error",
       problem.message() + (problem.reason() ? " (" + std::string(code(*problem.reason())) + ")" : ""),
       "\x1b[31m");
  if (!problem.hint().empty()) fmt::print(stderr, "hint: {}\n", problem.hint());
}

bool Terminal::data(const std::string& text) {
  return write_all(STDOUT_FILENO, text + "\n");
}

void Terminal::progress(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (options_.quiet || options_.progress == When::never) return;
  if (!live_) {
    // A log file or a batch job: one line a minute, none for short runs.
    if (now - started_ < LOG_EVERY || now - shown_ < LOG_EVERY) return;
    shown_ = now;
    info(fmt::format("{} {}{}", progress.doing, progress.done,
                     progress.total ? fmt::format("/{}", progress.total) : ""));
    return;
  }
  if (now - shown_ < REDRAW_EVERY) return;
  shown_ = now;
  draw(progress);
}

void Terminal::draw(const Progress& progress) {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  std::string text = fmt::format("{} {}", progress.doing, progress.done);
  if (progress.total > 0) {
    const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    text += fmt::format("/{} {:3.0f}%", progress.total, 100 * share);
    if (progress.done > 0 && share < 1) text += "  " + clock_text(elapsed * (1 / share - 1)) + " left";
  }
  for (const auto& [status, count] : progress.by_status) {
    if (status != Status::done && count > 0) text += fmt::format("  {} {}", count, name(status));
  }
  const std::size_t width = columns();
  if (text.size() >= width) text.resize(width - 1);
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace radbatch
