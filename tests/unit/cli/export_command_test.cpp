#include "radbatch/cli/export_command.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

TEST_CASE("a report's --layout takes no format that names patients, and none that is unknown") {
  Terminal terminal("test", {});
  CHECK_THROWS_WITH_AS(export_layout("nowhere", "bids,dicom-sr", terminal),
                       "--layout takes bids and clinicadl: dicom-sr names patients", Error);
  CHECK_THROWS_WITH_AS(export_layout("nowhere", "bid", terminal), "unknown format 'bid'", Error);
}

TEST_CASE("an export names what it lacks before it looks at the run") {
  Terminal terminal("test", {});
  CHECK_THROWS_WITH_AS(export_command({"export", "nowhere", "--to", "x"}, terminal),
                       "export needs one run folder, --to DIR and --format LIST", Error);
}
