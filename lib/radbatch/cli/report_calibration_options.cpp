#include "radbatch/cli/report_calibration_options.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/numbers.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

CalibrationKind parse_kind(const std::string& word) {
  for (const CalibrationKind kind :
       {CalibrationKind::temperature, CalibrationKind::platt, CalibrationKind::isotonic})
    if (word == name(kind)) return kind;
  throw Error(ExitCode::usage, "expected temperature, platt or isotonic, not '" + printable(word) + "'");
}

Binning parse_binning(const std::string& word) {
  if (word == "width") return Binning::equal_width;
  if (word == "mass") return Binning::equal_mass;
  throw Error(ExitCode::usage, "expected width or mass, not '" + printable(word) + "'");
}

CurveKind parse_curve(const std::string& word) {
  if (word == "loess") return CurveKind::loess;
  if (word == "isotonic") return CurveKind::isotonic;
  throw Error(ExitCode::usage, "expected loess or isotonic, not '" + printable(word) + "'");
}

std::size_t parse_bins(const std::string& word) {
  const std::size_t n = parse_count(word);
  if (n >= 2 && n <= 100) return n;
  throw Error(ExitCode::usage, "expected a number from 2 to 100, not '" + printable(word) + "'");
}

void declare_fit(CommandLine& line, CalibrationFitOptions& options) {
  line.option({.names = "--calibrate",
               .metavar = "KIND",
               .help = "Fit a calibration of the first model: temperature, platt or isotonic",
               .set = [&options](const std::string& word) { options.kind = parse_kind(word); }});
  line.option({.names = "--calibrate-on",
               .metavar = "CONDITION",
               .help = "The cases to fit on, none of them judged: 'split==\"val\"'",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.fitted_on = word; }});
  line.option({.names = "--calibrated-bundle",
               .metavar = "DIR",
               .help = "New folder for a copy of --model with the fitted calibration",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.calibrated_bundle = word; }});
  line.option({.names = "--model",
               .metavar = "BUNDLE",
               .help = "Folder of the model that made the run, for --calibrated-bundle",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.model = word; }});
}

}  // namespace

void declare_calibration_options(CommandLine& line, CalibrationOptions& options) {
  declare_fit(line, options.fit);
  line.option({.names = "--calibration-bins",
               .metavar = "N",
               .help = "Bins of calibration errors, Brier's parts and the reliability diagram",
               .standard = "10",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.n_bins = parse_bins(word); }});
  line.option(
      {.names = "--calibration-binning",
       .metavar = "width|mass",
       .help = "Bins of the diagram and of Brier's parts: equally wide, or equally many cases in each",
       .standard = "width",
       .shown = Shown::all,
       .set = [&options](const std::string& word) { options.binning = parse_binning(word); }});
  line.option({.names = "--reliability-curve",
               .metavar = "loess|isotonic",
               .help = "Curve of the reliability diagram, and of ICI, E50 and E90",
               .standard = "loess",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.smooth.kind = parse_curve(word); }});
  line.option({.names = "--loess-span",
               .metavar = "SHARE",
               .help = "Share of the cases that each local fit of the LOESS curve sees",
               .standard = "0.75",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.smooth.loess.span = parse_number(word, 0.05, 1);
               }});
}

void check_calibration_options(const CalibrationOptions& options) {
  const CalibrationFitOptions& fit = options.fit;
  if (fit.kind && fit.fitted_on.empty())
    throw Error(ExitCode::usage, "--calibrate needs cases to fit on",
                "name them, e.g. --calibrate-on 'split==\"val\"'");
  if (!fit.kind && (!fit.fitted_on.empty() || !fit.calibrated_bundle.empty()))
    throw Error(ExitCode::usage,
                std::string(fit.fitted_on.empty() ? "--calibrated-bundle" : "--calibrate-on") +
                    " is of a calibration that is not asked for",
                "add --calibrate platt (or temperature, isotonic)");
}

}  // namespace radbatch
