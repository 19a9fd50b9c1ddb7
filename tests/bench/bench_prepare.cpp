// Preparation of one volume that is in memory already: tests/bench/bench_prepare.py runs it beside the peers.
//
//   bench-prepare VOLUME.json      {"samples": path, "size", "type", "lps", "plans": {name: plan}}
//
// Answers requests on standard input, one a line:
//   run NAME THREADS       seconds and CPU seconds of one preparation, into memory that is kept as a worker
//   keeps it reference NAME         the same by the reference executor write NAME PATH        the tensor's
//   shape; its values go to the file memory NAME            MiB by which a preparation raises the peak of the
//   process, beside the tensor memcpy THREADS         bytes per second, read and written, of copying 256 MiB
#include <time.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>

#include "radbatch/base/parallel.hpp"
#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Volume load(const Json& facts) {
  const auto size = facts["size"].get<std::array<std::int64_t, 3>>();
  SampleType type = SampleType::uint8;
  for (const SampleType one :
       {SampleType::uint8, SampleType::int16, SampleType::uint16, SampleType::int32, SampleType::float32}) {
    if (name(one) == facts["type"]) type = one;
  }
  Volume volume = make_volume(size, 1, 1, type);
  volume.lps = Affine{facts["lps"].get<decltype(Affine::m)>()};
  std::ifstream file(facts["samples"].get<std::string>(), std::ios::binary);
  file.read(reinterpret_cast<char*>(volume.samples.data()),
            static_cast<std::streamsize>(volume.samples.size()));
  return volume;
}

class Kept {
 public:
  std::span<float> get(std::size_t count) {
    if (count > size_) values_ = std::make_unique<float[]>(size_ = count);
    return {values_.get(), count};
  }
  const float* data() const { return values_.get(); }

 private:
  std::unique_ptr<float[]> values_;
  std::size_t size_ = 0;
};

double copy_rate(std::size_t threads) {
  constexpr std::size_t part = std::size_t{16} << 20, parts = 16;
  static const auto from = std::make_unique<char[]>(part * parts),
                    to = std::make_unique<char[]>(part * parts);
  const double seconds = seconds_of([&] {
    parallel_for(parts, threads,
                 [&](std::size_t i) { std::memcpy(to.get() + i * part, from.get() + i * part, part); });
  });
  return 2.0 * part * parts / seconds;
}

/// A figure of this process in MiB: VmHWM, VmRSS.
double memory_mib(const std::string& figure) {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word && word != figure + ":") continue;
  status >> kib;
  return kib / 1024;
}

}  // namespace

int main(int, char** arguments) {
  const Json facts = read_json_file(arguments[1]);
  const Volume volume = load(facts);
  Kept kept;
  PrepareOptions options{.output = [&](std::size_t count) { return kept.get(count); }};
  std::string what, plan_name;
  while (std::cin >> what) {
    if (what == "memcpy") {
      std::size_t threads = 1;
      std::cin >> threads;
      std::cout << copy_rate(threads) << std::endl;
      continue;
    }
    std::cin >> plan_name;
    const Plan plan = parse_plan(facts["plans"][plan_name]);
    options.reference = what == "reference";
    options.threads = 1;
    if (what == "run") std::cin >> options.threads;
    if (what == "memory") {
      std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts from here
      const double before = memory_mib("VmRSS");
      std::size_t count = 0;
      options.output = [&](std::size_t n) { return kept.get(count = n); };
      prepare(volume, plan, options);
      std::cout << memory_mib("VmHWM") - before - static_cast<double>(count * sizeof(float)) / (1 << 20)
                << std::endl;
    } else if (what == "write") {
      std::string path;
      std::cin >> path;
      const PreparedTensor tensor = prepare(volume, plan, options);
      std::size_t count = 1;
      for (const std::int64_t n : tensor.shape) count *= static_cast<std::size_t>(n);
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(kept.data()),
                 static_cast<std::streamsize>(count * sizeof(float)));
      std::cout << canonical(Json(tensor.shape)) << std::endl;
    } else {
      const double cpu = cpu_seconds();
      const double seconds = seconds_of([&] { prepare(volume, plan, options); });
      std::cout << seconds << " " << cpu_seconds() - cpu << std::endl;
    }
  }
}
