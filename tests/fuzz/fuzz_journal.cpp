// Journals after a crash of the machine: torn lines, lines of another version, garbage.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "radbatch/batch/journal_reader.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path folder =
      std::filesystem::path("/dev/shm") / ("radbatch-fuzz-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "0.ndjson", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<long>(size));
  return radbatch::fuzz::refuses_only_by_error(data, size,
                                               [](std::string_view) { radbatch::read_journals(folder, {}); });
}
