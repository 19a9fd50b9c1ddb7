// bench-codecs DICTIONARY FOLDER...: milliseconds per slice from DICOM file to samples, for each folder of
// slices in one transfer syntax, warm: ours on one thread and on all cores, and GDCM's ImageReader where it
// is there. One line of tab-separated numbers per folder; bench_codecs.py makes the folders and the table.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#if RADBATCH_BENCH_GDCM
#include <gdcmImageReader.h>
#include <gdcmTrace.h>
#endif

#include "radbatch/base/parallel.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/dicom/pixels.hpp"

using namespace radbatch;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;
constexpr int repeats = 5;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

double wall_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
double processor_ms() {
  return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Median of several passes over all files, in milliseconds of processor time per file.
double per_file(std::size_t files, const std::function<void()>& pass) {
  std::vector<double> times;
  pass();
  for (int i = 0; i < repeats; ++i) {
    const double begin = processor_ms();
    pass();
    times.push_back((processor_ms() - begin) / static_cast<double>(files));
  }
  std::ranges::nth_element(times, times.begin() + repeats / 2);
  return times[repeats / 2];
}

/// What all cores gain: the fastest of many short passes each, so that some are undisturbed on a busy
/// machine.
double speed_up(const std::vector<fs::path>& files, int cores) {
  const auto fastest = [&](std::size_t threads) {
    const std::size_t n = std::min<std::size_t>(files.size(), 8);
    double best = 1e9;
    for (int i = 0; i < 4 * repeats; ++i) {
      const double begin = wall_ms();
      parallel_for(n, threads, [&](std::size_t k) { read_stored_pixels(files[k], plenty); });
      best = std::min(best, wall_ms() - begin);
    }
    return best;
  };
  return fastest(1) / fastest(cores);
}

double ours(const std::vector<fs::path>& files) {
  return per_file(files.size(), [&] {
    parallel_for(files.size(), 1, [&](std::size_t i) { read_stored_pixels(files[i], plenty); });
  });
}

double gdcm_time([[maybe_unused]] const std::vector<fs::path>& files) {
#if RADBATCH_BENCH_GDCM
  gdcm::Trace::WarningOff();
  return per_file(files.size(), [&] {
    std::vector<char> buffer;
    for (const fs::path& file : files) {
      gdcm::ImageReader reader;
      reader.SetFileName(file.c_str());
      if (!reader.Read()) return;
      buffer.resize(reader.GetImage().GetBufferLength());
      reader.GetImage().GetBuffer(buffer.data());
    }
  });
#else
  return 0;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  load_dictionary(arguments[1]);
  const int cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  for (const char* folder : arguments.subspan(2)) {
    const auto files = files_in(folder);
    if (files.empty()) continue;
    std::printf("%s\t%zu\t%d\t%.3f\t%.2f\t%.3f\n", fs::path(folder).filename().c_str(), files.size(), cores,
                ours(files), speed_up(files, cores), gdcm_time(files));
    std::fflush(stdout);
  }
}
