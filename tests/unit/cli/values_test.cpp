#include "radbatch/cli/values.hpp"

#include <doctest/doctest.h>

#include "environment.hpp"
#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;
using std::chrono::milliseconds;

TEST_CASE("whole numbers") {
  CHECK(parse_count("0") == 0);
  CHECK(parse_count("18446744073709551615") == 18446744073709551615ull);
  for (const char* word : {"", "-1", "1.5", "12x", " 1", "18446744073709551616"}) {
    CHECK(error_of([&] { parse_count(word); }) ==
          "2: expected a whole number, not '" + std::string(word) + "'");
  }
}

TEST_CASE("sizes, in powers of 1024") {
  CHECK(parse_bytes("1000") == 1000);
  CHECK(parse_bytes("512M") == 512ull << 20);
  CHECK(parse_bytes("8g") == 8ull << 30);
  CHECK(parse_bytes("1.5GiB") == 1536ull << 20);
  CHECK(parse_bytes("1T") == 1ull << 40);
  CHECK(parse_bytes("1e30") == 9000000000000000000ull);
  for (const char* word : {"", "G", "8X", "-1G", "8 G", "nan", "8GB", "0x10"}) {
    CHECK(error_of([&] { parse_bytes(word); }) ==
          "2: expected a size such as 8G or 512M, not '" + std::string(word) + "'");
  }
}

TEST_CASE("durations, in seconds unless a unit says otherwise") {
  CHECK(parse_duration("90") == milliseconds(90000));
  CHECK(parse_duration("0.5s") == milliseconds(500));
  CHECK(parse_duration("55m") == milliseconds(55 * 60 * 1000));
  CHECK(parse_duration("2H") == milliseconds(2 * 3600 * 1000));
  CHECK(parse_duration("1d") == milliseconds(86400 * 1000));
  for (const char* word : {"", "m", "5min", "-5s", "1h30m"}) {
    CHECK(error_of([&] { parse_duration(word); }) ==
          "2: expected a time such as 55m or 30s, not '" + std::string(word) + "'");
  }
}

TEST_CASE("shards count from 0") {
  CHECK(parse_shard("2/8").index == 2);
  CHECK(parse_shard("2/8").count == 8);
  for (const char* word : {"8/8", "0/0", "9/2"}) {
    CHECK(error_of([&] { parse_shard(word); }) ==
          "2: expected i/n with i from 0 to n-1, not '" + std::string(word) + "'");
  }
  for (const char* word : {"2", "", "1/2/3"}) {
    CHECK(error_of([&] { parse_shard(word); }) ==
          "2: expected i/n with i from 0 to n-1, or auto, not '" + std::string(word) + "'");
  }
  CHECK(error_of([] { parse_shard("a/2"); }) == "2: expected a whole number, not 'a'");
}

TEST_CASE("a Slurm array task finds its shard, whatever its first number and step") {
  CHECK(error_of([] { parse_shard("auto"); }) ==
        "2: auto needs a Slurm array job: SLURM_ARRAY_TASK_ID is not set");
  const EnvironmentVariable id("SLURM_ARRAY_TASK_ID", "14"), first("SLURM_ARRAY_TASK_MIN", "10"),
      step("SLURM_ARRAY_TASK_STEP", "2"), count("SLURM_ARRAY_TASK_COUNT", "5");
  CHECK(parse_shard("auto").index == 2);
  CHECK(parse_shard("auto").count == 5);
}

TEST_CASE("a Slurm array with gaps tells no shards apart") {
  const EnvironmentVariable id("SLURM_ARRAY_TASK_ID", "5"), first("SLURM_ARRAY_TASK_MIN", "2"),
      step("SLURM_ARRAY_TASK_STEP", "1"), count("SLURM_ARRAY_TASK_COUNT", "2");
  CHECK(error_of([] { parse_shard("auto"); }) ==
        "2: auto needs a Slurm array without gaps: task 5 is none of the 2 that begin at 2 [submit "
        "--array=0-1, or give --shard I/N]");
}

TEST_CASE("words from a list name the list when they are wrong") {
  CHECK(parse_retry("all") == Retry::all);
  CHECK(error_of([] { parse_retry("some"); }) ==
        "2: expected one of all, failed, none, transient, not 'some'");
  CHECK(parse_on_many("most-slices") == OnMany::most_slices);
  CHECK(error_of([] { parse_on_many("last"); }) ==
        "2: expected one of error, first, most-slices, newest, all, not 'last'");
  CHECK(parse_thumbnails("safe") == Thumbnails::safe);
  CHECK(error_of([] { parse_thumbnails("\x1b[2J"); }) == "2: expected one of none, safe, all, not '%1B[2J'");
}

TEST_CASE("failures are allowed by number or by share") {
  CHECK(parse_max_failures("20").count == 20);
  CHECK_FALSE(parse_max_failures("20").percent.has_value());
  CHECK(parse_max_failures("2.5%").percent == 2.5);
  CHECK(error_of([] { parse_max_failures("many"); }) == "2: expected a whole number, not 'many'");
  CHECK(error_of([] { parse_max_failures("x%"); }) == "2: expected a number or a percentage, not 'x'");
}

TEST_CASE("the machine has a processor and memory") {
  CHECK(available_cpus() >= 1);
  CHECK(half_of_memory() > 64ull << 20);
}
