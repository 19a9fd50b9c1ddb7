#include "radbatch/cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"

namespace radbatch {
namespace {

constexpr std::chrono::milliseconds REDRAW_EVERY{200};
constexpr std::chrono::seconds LOG_EVERY{60};
constexpr std::size_t LOG_COLUMNS = 200;

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

std::string rate_text(double per_second) {
  return per_second >= 1 ? fmt::format("{:.1f}/s", per_second) : fmt::format("{:.1f}/min", 60 * per_second);
}

/// The commonest first, equal ones by name.
std::vector<std::pair<std::string, std::size_t>> by_count(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& entry) { return entry.second; });
  return sorted;
}

Json to_json(const Progress& progress) {
  Json by_status = Json::object();
  for (const auto& [status, count] : progress.by_status) by_status[std::string(name(status))] = count;
  const auto left = progress.seconds_left();
  return {{"doing", progress.doing}, {"done", progress.done},
          {"total", progress.total}, {"per_second", progress.per_second},
          {"by_status", by_status},  {"by_reason", progress.by_reason},
          {"busy", progress.busy},   {"seconds_left", left ? Json(*left) : Json()}};
}

}  // namespace

std::string progress_text(const Progress& progress, std::size_t columns) {
  std::string text = fmt::format("{} {}", progress.doing, progress.done);
  if (progress.total > 0) {
    const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    text += fmt::format("/{} {:.0f}%", progress.total, std::floor(100 * share));
  }
  if (progress.per_second > 0) text += "  " + rate_text(progress.per_second);
  if (const auto left = progress.seconds_left()) text += "  " + clock_text(*left) + " left";
  for (const auto& [status, count] : progress.by_status) {
    if (status != Status::done && count > 0) text += fmt::format("  {} {}", count, name(status));
  }
  std::string reasons;
  for (const auto& [reason, count] : by_count(progress.by_reason))
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason, count);
  if (!reasons.empty()) text += " (" + reasons + ")";
  for (const auto& [stage, share] : progress.busy) text += fmt::format("  {} {:.0f}%", stage, 100 * share);
  if (text.size() > columns) text.resize(columns);
  return text;
}

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

void Terminal::log(const std::string& level, Json facts, const std::string& plain) {
  if (!log_) return;
  facts.update({{"time", utc_now()}, {"tool", tool_}, {"level", level}});
  fmt::print(log_.get(), "{}\n",
             options_.log_as_json ? canonical(facts) : utc_now() + " " + level + " " + plain);
  std::fflush(log_.get());
}

void Terminal::event(const Event& event) {
  if (options_.log_as_json) log("event", {{"event", event.name}, {"facts", event.facts}}, "");
}

void Terminal::line(const std::string& level, const std::string& text, const std::string& color) {
  log(level, {{"text", text}}, text);
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
  if (now - logged_ >= LOG_EVERY) {
    logged_ = now;
    event({"progress", to_json(progress)});
  }
  if (options_.quiet || options_.progress == When::never) return;
  if (!live_) {
    // A log file or a batch job: one line a minute, none for short runs.
    if (now - started_ < LOG_EVERY || now - shown_ < LOG_EVERY) return;
    shown_ = now;
    info(progress_text(progress, LOG_COLUMNS));
    return;
  }
  if (now - shown_ < REDRAW_EVERY) return;
  shown_ = now;
  draw(progress);
}

void Terminal::draw(const Progress& progress) {
  fmt::print(stderr, "\r\x1b[K{}", progress_text(progress, columns() - 1));
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace radbatch
