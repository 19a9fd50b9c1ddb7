// The instruction set of this CPU, by the names that a bundle's compiled backends carry.
//
// A compiled model holds machine code and its loader does not look at the CPU: run on the wrong one it dies,
// so radbatch compares names first. models/tools/compile.py compiles for exactly these feature levels.
#pragma once

#include <string>
#include <string_view>

namespace radbatch {

/// "avx512" (x86-64-v4), "avx2" (x86-64-v3), or "baseline" for anything less and for other architectures.
std::string cpu_isa();
/// Whether this CPU runs code compiled for `isa`: one or more names, in any letter case, separated by spaces,
/// as PyTorch writes them ("AVX512 AVX512_VNNI"). A name that is not known is not run.
bool cpu_runs(std::string_view isa);

/// Whether it multiplies bfloat16 in hardware (AVX512-BF16, which every processor with AMX has too).
bool cpu_has_bf16();
/// As /proc/cpuinfo names it; empty where it does not.
std::string cpu_model();

}  // namespace radbatch
