#include "radbatch/cli/report_calibration_options.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/cli/report_use_options.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

struct Options {
  CalibrationOptions calibration;
  UseOptions use;
};

Options parsed(std::vector<const char*> words) {
  Options options;
  CommandLine line("radbatch-report", "", "");
  declare_calibration_options(line, options.calibration);
  declare_use_options(line, options.use);
  words.insert(words.begin(), "radbatch-report");
  line.parse(static_cast<int>(words.size()), words.data());
  check_calibration_options(options.calibration);
  return options;
}

}  // namespace

TEST_CASE("options of calibration and use") {
  const Options options =
      parsed({"--calibrate", "platt", "--calibrate-on", "split==\"val\"", "--calibration-bins", "15",
              "--loess-span", "0.5", "--prevalence", "0.01,0.2", "--decision-range", "0.05,0.4"});
  CHECK(options.calibration.fit.kind == CalibrationKind::platt);
  CHECK(options.calibration.fit.fitted_on == "split==\"val\"");
  CHECK(options.calibration.n_bins == 15);
  CHECK(options.calibration.smooth.loess.span == 0.5);
  CHECK(options.use.prevalences == std::vector<double>{0.01, 0.2});
  CHECK(options.use.lowest_threshold == 0.05);
}

TEST_CASE("what makes no sense is refused with what would") {
  CHECK(error_of([] {
          parsed({"--calibrate", "beta"});
        }).find("expected temperature, platt or isotonic, not 'beta'") != std::string::npos);
  CHECK(error_of([] {
          parsed({"--calibrate", "platt"});
        }) == "2: --calibrate needs cases to fit on [name them, e.g. --calibrate-on 'split==\"val\"']");
  CHECK(error_of([] {
          parsed({"--calibrated-bundle", "x"});
        }).find("--calibrated-bundle is of a calibration") != std::string::npos);
  CHECK(error_of([] {
          parsed({"--prevalence", "0"});
        }).find("expected a number from 1e-06 to") != std::string::npos);
  CHECK(error_of([] { parsed({"--prevalence", "5%"}); }).find("not '5%'") != std::string::npos);
  CHECK(error_of([] {
          parsed({"--decision-range", "0.4,0.1"});
        }).find("the lower first") != std::string::npos);
  CHECK(error_of([] { parsed({"--calibration-bins", "1"}); }).find("from 2 to 100") != std::string::npos);
}
