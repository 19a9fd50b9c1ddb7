#include "radbatch/batch/case_filter.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

std::vector<std::string> words_of(const std::vector<std::string>& option) {
  std::vector<std::string> words;
  for (const std::string& word : option) {
    if (!word.starts_with('@')) {
      words.push_back(word);
      continue;
    }
    for (std::string& line : split(read_file(word.substr(1)), '\n')) {
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty()) words.push_back(std::move(line));
    }
  }
  return words;
}

std::set<std::string> named(const std::vector<Case>& cases, const std::vector<std::string>& option,
                            const char* name) {
  const std::vector<std::string> ids = ids_of(cases);
  std::set<std::string> chosen;
  try {
    for (const std::string& word : words_of(option)) chosen.insert(ids[find_case(ids, word)]);
  } catch (Error& problem) {
    throw Error(ExitCode::usage, std::string(name) + ": " + problem.message(), problem.hint());
  }
  return chosen;
}

void keep_sample(std::vector<Case>& cases, std::size_t size, std::uint64_t seed) {
  if (cases.size() <= size) return;
  std::vector<std::pair<std::string, std::string>> order;
  for (const Case& one : cases) order.emplace_back(sha256_hex(std::to_string(seed) + '\0' + one.id), one.id);
  std::ranges::sort(order);
  std::set<std::string> chosen;
  for (std::size_t i = 0; i < size; ++i) chosen.insert(order[i].second);
  std::erase_if(cases, [&](const Case& one) { return !chosen.contains(one.id); });
}

}  // namespace

std::vector<Case> filtered(std::vector<Case> cases, const RunOptions& options) {
  const std::set<std::string> only = named(cases, options.only, "--only");
  const std::set<std::string> excluded = named(cases, options.exclude, "--exclude");
  std::erase_if(cases, [&](const Case& one) {
    return excluded.contains(one.id) || (!options.only.empty() && !only.contains(one.id));
  });
  if (options.sample) keep_sample(cases, *options.sample, options.seed);
  if (options.limit && cases.size() > *options.limit)
    cases.erase(cases.begin() + static_cast<std::ptrdiff_t>(*options.limit), cases.end());
  return cases;
}

Json filter_json(const RunOptions& options) {
  return {{"only", words_of(options.only)},
          {"exclude", words_of(options.exclude)},
          {"limit", options.limit ? Json(*options.limit) : Json()},
          {"sample", options.sample ? Json(*options.sample) : Json()},
          {"seed", options.seed}};
}

void apply_filter_json(const Json& filter, RunOptions& options) {
  options.only = filter.at("only").get<std::vector<std::string>>();
  options.exclude = filter.at("exclude").get<std::vector<std::string>>();
  if (!filter.at("limit").is_null()) options.limit = filter["limit"].get<std::size_t>();
  if (!filter.at("sample").is_null()) options.sample = filter["sample"].get<std::size_t>();
  options.seed = filter.at("seed").get<std::uint64_t>();
}

std::vector<std::string> ids_of(std::span<const Case> cases) {
  std::vector<std::string> ids;
  for (const Case& one : cases) ids.push_back(one.id);
  return ids;
}

bool is_in_shard(const Case& one, const Shard& shard) {
  return shard_of(one.id, shard.count) == shard.index;
}

}  // namespace radbatch
