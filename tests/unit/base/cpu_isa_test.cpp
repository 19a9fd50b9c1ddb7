#include "radbatch/base/cpu_isa.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("a CPU runs its own instruction set, in either spelling") {
  CHECK(cpu_runs(cpu_isa()));
  if (cpu_isa() == "avx512") {
    CHECK(cpu_runs("AVX512"));
    CHECK(cpu_runs("avx2"));
  }
}

TEST_CASE("an instruction set that is not known is not run") {
  CHECK_FALSE(cpu_runs("asimd"));
  CHECK_FALSE(cpu_runs(cpu_isa() + " amx_tile"));
  CHECK_FALSE(cpu_runs(""));
}
