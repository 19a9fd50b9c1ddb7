// radbatch-scan: the headers of a cohort read once, for all that comes after.
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/cli/tool_main.hpp"

using namespace radbatch;

int main(int argc, char** argv) {
  SharedOptions shared;
  CommandLine line("radbatch-scan", "Read the headers of a cohort once, for every tool that follows.",
                   "radbatch scan STUDIES -o scan");
  declare_scan_options(line, shared);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv,
                   [&](Terminal& terminal) { return scan_studies(resolve(shared), terminal); });
}
