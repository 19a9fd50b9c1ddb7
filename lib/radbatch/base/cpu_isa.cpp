#include "radbatch/base/cpu_isa.hpp"

#include <algorithm>
#include <fstream>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

bool cpu_has(const std::string& name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (name == "avx512") return __builtin_cpu_supports("x86-64-v4");
  if (name == "avx2") return __builtin_cpu_supports("x86-64-v3");
  if (name == "avx512_vnni") return __builtin_cpu_supports("avx512vnni");
#endif
  return name == "baseline";
}

}  // namespace

std::string cpu_isa() {
  for (const char* name : {"avx512", "avx2"}) {
    if (cpu_has(name)) return name;
  }
  return "baseline";
}

bool cpu_has_bf16() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

std::string cpu_model() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("model name")) return line;
  }
  return {};
}

bool cpu_runs(std::string_view isa) {
  const auto names = split(to_lower_ascii(isa), ' ');
  return std::ranges::all_of(names, cpu_has);
}

}  // namespace radbatch
