// Times of reading DICOM, ours and the peers' C++ libraries in one process: tests/bench/bench_reading.py runs
// it.
//
//   bench-reading scan FOLDER REPEATS      headers of every file in FOLDER
//   bench-reading read FOLDER REPEATS      the one series in FOLDER into memory
//
// Prints "name<TAB>threads<TAB>seconds<TAB>CPU seconds" for every repeat; the order turns round each time (A
// B B A). On a shared machine the CPU seconds say more.
#include <gdcmScanner.h>
#include <itkGDCMImageIO.h>
#include <itkGDCMSeriesFileNames.h>
#include <itkImage.h>
#include <itkImageSeriesReader.h>
#include <itkMultiThreaderBase.h>
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <numeric>
#include <thread>

#include "radbatch/base/hash.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/image/file_scan.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/study/cohort.hpp"

namespace fs = std::filesystem;
using namespace radbatch;

namespace {

struct Contender {
  std::string name;
  std::size_t threads;
  std::function<void()> work;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void race(std::vector<Contender> contenders, int repeats) {
  if (const char* only = std::getenv("BENCH_ONLY")) {
    std::erase_if(contenders, [only](const Contender& c) { return c.name.find(only) == c.name.npos; });
  }
  for (const Contender& c : contenders) c.work();  // warm
  for (int repeat = 0; repeat < repeats; ++repeat) {
    for (const Contender& c : contenders) {
      const double cpu = cpu_seconds();
      const auto start = std::chrono::steady_clock::now();
      c.work();
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      std::printf("%s\t%zu\t%.6f\t%.6f\n", c.name.c_str(), c.threads, seconds.count(), cpu_seconds() - cpu);
    }
    std::reverse(contenders.begin(), contenders.end());
  }
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<FileRecord> scan_all(const std::vector<std::string>& files, std::size_t threads) {
  std::vector<FileRecord> records(files.size());
  std::vector<std::jthread> others;
  const auto part = [&](std::size_t t) {
    for (std::size_t i = t; i < files.size(); i += threads) records[i] = scan_file(files[i]);
  };
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(part, t);
  part(0);
  others.clear();
  return records;
}

// What a worker does with its share: each file against the one before.
void scan_as_worker(const std::vector<std::string>& files, std::size_t threads) {
  std::vector<std::jthread> others;
  const auto part = [&](std::size_t t) {
    FileScanner scanner;
    for (std::size_t i = files.size() * t / threads; i < files.size() * (t + 1) / threads; ++i) {
      scanner.scan(files[i]);
    }
  };
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(part, t);
  part(0);
}

void gdcm_scan(const std::vector<std::string>& files) {
  gdcm::Scanner scanner;
  for (const auto& [group, element] : {std::pair{0x20, 0xd},
                                       {0x20, 0xe},
                                       {0x8, 0x18},
                                       {0x20, 0x32},
                                       {0x20, 0x37},
                                       {0x20, 0x13},
                                       {0x28, 0x10},
                                       {0x28, 0x11}}) {
    scanner.AddTag(gdcm::Tag(static_cast<std::uint16_t>(group), static_cast<std::uint16_t>(element)));
  }
  if (!scanner.Scan(files)) std::exit(1);
}

void scan(const fs::path& folder, int repeats) {
  const auto files = files_in(folder);
  std::vector<Contender> contenders;
  for (const std::size_t threads : {1, 2}) {
    contenders.push_back({"ours: headers as a worker answers them", threads,
                          [&, threads] { scan_as_worker(files, threads); }});
    contenders.push_back({"ours: header to record", threads, [&, threads] { scan_all(files, threads); }});
  }
  contenders.push_back({"ours: header to record, group", 1, [&] { build_cohort(scan_all(files, 1)); }});
  contenders.push_back({"DCMTK: header to record (ours before)", 1, [&] {
                          for (const std::string& file : files) scan_dicom_by_parsing(file);
                        }});
  contenders.push_back({"gdcm::Scanner, 8 tags", 1, [&] { gdcm_scan(files); }});
  race(contenders, repeats);
}

ImageSource source_of(const std::vector<std::string>& files) {
  std::vector<FileRecord> records;
  for (const std::string& file : files) records.push_back(scan_file(file));
  Cohort cohort = build_cohort(records);
  if (cohort.cases.size() != 1 || cohort.cases[0].candidates.size() != 1) {
    std::fputs("the folder must hold one series\n", stderr);
    std::exit(1);
  }
  return cohort.cases[0].candidates[0].source;
}

using ItkImage = itk::Image<std::int16_t, 3>;

ItkImage::Pointer itk_read(const std::vector<std::string>& files) {
  auto reader = itk::ImageSeriesReader<ItkImage>::New();
  reader->SetImageIO(itk::GDCMImageIO::New());
  reader->SetFileNames(files);
  reader->MetaDataDictionaryArrayUpdateOff();
  reader->Update();
  return reader->GetOutput();
}

std::vector<std::string> itk_names(const fs::path& folder) {
  auto names = itk::GDCMSeriesFileNames::New();
  names->SetDirectory(folder.string());
  return names->GetFileNames(names->GetSeriesUIDs().front());
}

void read(const fs::path& folder, int repeats) {
  const auto files = files_in(folder);
  const ImageSource source = source_of(files);
  const auto ours = [&](std::size_t threads, bool digests) {
    return read_image(source, {.max_bytes = 1U << 30, .threads = threads, .with_digests = digests});
  };
  const ReadImage reference = ours(1, false);
  const auto itk = itk_read(source.files);
  const std::size_t bytes = reference.volume.samples.size();
  if (reference.volume.type != SampleType::int16 ||
      std::memcmp(itk->GetBufferPointer(), reference.volume.samples.data(), bytes) != 0) {
    std::fputs("ITK reads other values\n", stderr);
    std::exit(1);
  }
  std::vector<Contender> contenders;
  contenders.push_back({"memcpy of the pixels into new memory", 1, [&] {
                          const std::unique_ptr<std::byte[]> copy(new std::byte[bytes]);
                          std::memcpy(copy.get(), reference.volume.samples.data(), bytes);
                          asm volatile("" : : "r"(copy.get()) : "memory");  // or nothing would be copied
                        }});
  const auto warm = std::make_shared<Buffer>(bytes);
  contenders.push_back({"memcpy of the pixels into old memory", 1,
                        [&, warm] { std::memcpy(warm->data(), reference.volume.samples.data(), bytes); }});
  for (const std::size_t threads : {1, 2}) {
    contenders.push_back({"ours: pixels, headers known", threads, [&, threads] { ours(threads, false); }});
    contenders.push_back({"ours: headers and pixels", threads, [&, threads] {
                            read_image(source_of(files),
                                       {.max_bytes = 1U << 30, .threads = threads, .with_digests = false});
                          }});
    contenders.push_back({"ours: pixels and SHA-256", threads, [&, threads] { ours(threads, true); }});
    contenders.push_back({"ITK: ImageSeriesReader, files known", threads, [&, threads] {
                            itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(
                                static_cast<itk::ThreadIdType>(threads));
                            itk_read(source.files);
                          }});
  }
  contenders.push_back(
      {"ITK: GDCMSeriesFileNames and ImageSeriesReader", 1, [&] { itk_read(itk_names(folder)); }});
  race(contenders, repeats);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  load_dictionary(RADBATCH_TEST_DICTIONARY);
  const std::string what = argv[1];
  if (what == "scan") scan(argv[2], std::atoi(argv[3]));
  if (what == "read") read(argv[2], std::atoi(argv[3]));
  return what == "scan" || what == "read" ? 0 : 2;
}
