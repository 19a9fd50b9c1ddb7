#include "radbatch/report/table1.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/stats/descriptive.hpp"
#include "radbatch/stats/group_balance.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_groups = 12;
constexpr std::size_t most_levels = 12;
constexpr std::size_t fewest_different_numbers = 6;  // with fewer, numbers are codes: 1.5 T and 3 T
constexpr std::string_view missing_group = "(missing)";
constexpr std::string_view other_level = "(other)";
const std::string indent = "\xC2\xA0\xC2\xA0";  // no-break spaces, which HTML keeps

/// The names under which runs and label tables carry what a first table shows, and its words.
struct KnownVariable {
  std::vector<std::string> columns;  ///< the first that is there is taken
  std::string title;
};

const std::vector<KnownVariable>& known_variables() {
  static const std::vector<KnownVariable> known{{{"age_years", "age", "Age", "PatientAge"}, "Age, years"},
                                                {{"PatientSex", "sex", "Sex", "gender", "Gender"}, "Sex"},
                                                {{"Modality", "modalities", "modality"}, "Modality"},
                                                {{"Manufacturer", "manufacturer", "scanner"}, "Manufacturer"},
                                                {{"ManufacturerModelName", "model_name"}, "Scanner model"},
                                                {{"MagneticFieldStrength"}, "Field strength, T"},
                                                {{"KVP"}, "Tube voltage, kV"},
                                                {{"SliceThickness"}, "Slice thickness, mm"},
                                                {{"slice_step_mm"}, "Slice step, mm"},
                                                {{"ViewPosition", "view"}, "View"}};
  return known;
}

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

const Covariate& covariate_named(const AnalysisData& data, const std::string& name) {
  if (const Covariate* found = data.find_covariate(name)) return *found;
  std::vector<std::string> names;
  for (const Covariate& covariate : data.covariates) names.push_back(covariate.name);
  const std::string near = nearest(name, names);
  throw Error(ExitCode::usage, "there is no column '" + printable(name) + "' for table 1",
              near.empty() ? "columns of the label table and the run's studies.csv can be named"
                           : "did you mean " + printable(near) + "?");
}

struct Variable {
  const Covariate* column = nullptr;
  std::string title;
};

std::vector<Variable> variables_of(const PartContext& ctx, const Table1Options& options) {
  std::vector<Variable> variables;
  for (const std::string& name : options.variables)
    variables.push_back({&covariate_named(ctx.data, name), name});
  if (!options.variables.empty()) return variables;
  for (const KnownVariable& known : known_variables()) {
    for (const std::string& name : known.columns) {
      const Covariate* column = name == options.by ? nullptr : ctx.data.find_covariate(name);
      if (!column) continue;
      variables.push_back({column, ctx.lang(known.title)});
      break;
    }
  }
  return variables;
}

struct Group {
  std::string name;
  std::vector<std::uint32_t> units;
};

/// All test units first, then the values of the `by` column, the commonest first; further ones are one group.
std::vector<Group> groups_of(const PartContext& ctx, const std::string& by) {
  std::vector<Group> groups{{ctx.lang("All"), {}}};
  std::map<std::string, Group> named;
  const Covariate* column = by.empty() ? nullptr : &covariate_named(ctx.data, by);
  for (std::uint32_t i = 0; i < ctx.data.size(); ++i) {
    if (!ctx.data.is_test[i]) continue;
    groups.front().units.push_back(i);
    if (!column) continue;
    const std::string& value = column->values[i];
    named[value.empty() ? std::string(missing_group) : value].units.push_back(i);
  }
  std::vector<Group> sorted;
  for (auto& [name, group] : named) sorted.push_back({name, std::move(group.units)});
  std::ranges::stable_sort(sorted, std::greater<>(), [](const Group& group) { return group.units.size(); });
  for (Group& group : sorted) {
    if (groups.size() <= most_groups) {
      groups.push_back(std::move(group));
    } else {
      groups.back().name = other_level;
      groups.back().units.insert(groups.back().units.end(), group.units.begin(), group.units.end());
    }
  }
  return groups;
}

/// What is written: rows of the table and the same as numbers.
struct Written {
  ReportTable table;
  Json variables = Json::array();
};

double share(std::size_t n, std::size_t of) {
  return of == 0 ? 0 : static_cast<double>(n) / static_cast<double>(of);
}

std::string count_text(std::size_t n, std::size_t of) {
  return html::grouped(n) + (of == 0 ? "" : " (" + html::fixed(100 * share(n, of), 1) + " %)");
}

Json count_json(std::size_t n, std::size_t of) {
  Json json = {{"n", n}, {"of", of}};
  if (of > 0) json["share"] = share(n, of);
  return json;
}

/// A row of counts and, where there are two groups, a standardised difference at its end.
void add_row(Written& written, const std::string& name, std::vector<std::string> cells,
             const std::optional<std::string>& difference = std::nullopt) {
  cells.insert(cells.begin(), name);
  if (cells.size() < written.table.header.size()) cells.push_back(difference.value_or(""));
  written.table.rows.push_back(std::move(cells));
}

std::string difference_text(const std::optional<double>& difference) {
  return difference ? html::fixed(*difference, 2) : "–";
}

void add_missing(const PartContext& ctx, Written& written, Json& json, const std::vector<Group>& groups,
                 const std::vector<std::size_t>& missing) {
  json["missing"] = Json::array();
  std::vector<std::string> cells;
  bool is_any = false;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    json["missing"].push_back(count_json(missing[g], groups[g].units.size()));
    cells.push_back(count_text(missing[g], groups[g].units.size()));
    is_any = is_any || missing[g] > 0;
  }
  if (is_any) add_row(written, indent + ctx.lang("missing"), cells);
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

void add_numbers(const PartContext& ctx, Written& written, const Variable& variable,
                 const std::vector<Group>& groups) {
  std::vector<std::vector<double>> values(groups.size());
  std::vector<std::size_t> missing(groups.size());
  std::vector<std::string> cells;
  Json json = {{"name", variable.column->name}, {"kind", "number"}, {"groups", Json::array()}};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::uint32_t unit : groups[g].units) {
      if (const auto value = number_of(variable.column->values[unit])) values[g].push_back(*value);
    }
    missing[g] = groups[g].units.size() - values[g].size();
    std::ranges::sort(values[g]);
    const auto median = quantile(values[g], 0.5);
    const auto low = quantile(values[g], 0.25);
    const auto high = quantile(values[g], 0.75);
    const MeanAndSd moments = mean_and_sd(values[g]);
    json["groups"].push_back({{"n", values[g].size()},
                              {"median", number_or_null(median)},
                              {"quartile_1", number_or_null(low)},
                              {"quartile_3", number_or_null(high)},
                              {"mean", number_or_null(moments.mean)},
                              {"sd", number_or_null(moments.sd)}});
    cells.push_back(median ? html::fixed(*median, 1) + " [" + html::fixed(*low, 1) + "–" +
                                 html::fixed(*high, 1) + "]"
                           : "–");
  }
  std::optional<std::string> shown;
  if (groups.size() == 3) {
    const auto difference = standardised_difference(values[1], values[2]);
    json["standardised_difference"] = number_or_null(difference);
    shown = difference_text(difference);
  }
  add_row(written, variable.title + ", " + ctx.lang("median [IQR]"), cells, shown);
  add_missing(ctx, written, json, groups, missing);
  written.variables.push_back(std::move(json));
}

/// The levels of a column, the commonest first, those beyond the twelfth as one.
std::vector<std::string> levels_of(const Covariate& column, const Group& all) {
  std::map<std::string, std::size_t> counts;
  for (const std::uint32_t unit : all.units) {
    if (!column.values[unit].empty()) ++counts[column.values[unit]];
  }
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& entry) { return entry.second; });
  std::vector<std::string> levels;
  for (const auto& [level, n] : sorted) {
    if (levels.size() < most_levels) levels.push_back(level);
  }
  if (sorted.size() > most_levels) levels.emplace_back(other_level);
  return levels;
}

void add_categories(const PartContext& ctx, Written& written, const Variable& variable,
                    const std::vector<Group>& groups) {
  const std::vector<std::string> levels = levels_of(*variable.column, groups.front());
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < levels.size(); ++i) place[levels[i]] = i;
  std::vector<std::vector<std::size_t>> counts(groups.size(), std::vector<std::size_t>(levels.size()));
  std::vector<std::size_t> missing(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::uint32_t unit : groups[g].units) {
      const std::string& value = variable.column->values[unit];
      if (value.empty()) {
        ++missing[g];
      } else {
        const auto found = place.find(value);
        ++counts[g][found == place.end() ? levels.size() - 1 : found->second];
      }
    }
  }
  Json json = {{"name", variable.column->name}, {"kind", "category"}, {"levels", Json::array()}};
  std::optional<std::string> shown;
  if (groups.size() == 3) {
    const auto difference = standardised_difference(counts[1], counts[2]);
    json["standardised_difference"] = number_or_null(difference);
    shown = difference_text(difference);
  }
  add_row(written, variable.title + ", n (%)", std::vector<std::string>(groups.size()), shown);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    std::vector<std::string> cells;
    Json level = {{"level", levels[i]}, {"groups", Json::array()}};
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::size_t known = groups[g].units.size() - missing[g];
      cells.push_back(count_text(counts[g][i], known));
      level["groups"].push_back(count_json(counts[g][i], known));
    }
    json["levels"].push_back(std::move(level));
    add_row(written, indent + levels[i], cells);
  }
  add_missing(ctx, written, json, groups, missing);
  written.variables.push_back(std::move(json));
}

/// All its values are numbers, and there are enough different ones for quartiles to say something.
bool is_measured(const Covariate& column, const Group& all) {
  std::set<std::string> different;
  for (const std::uint32_t unit : all.units) {
    const std::string& text = column.values[unit];
    if (text.empty()) continue;
    if (!number_of(text)) return false;
    if (different.size() < fewest_different_numbers) different.insert(text);
  }
  return different.size() >= fewest_different_numbers;
}

Json patients_row(const PartContext& ctx, Written& written, const std::vector<Group>& groups) {
  Json json = Json::array();
  std::vector<std::string> cells;
  for (const Group& group : groups) {
    std::set<std::uint32_t> clusters;
    for (const std::uint32_t unit : group.units) clusters.insert(ctx.data.cluster[unit]);
    cells.push_back(html::grouped(clusters.size()));
    json.push_back(clusters.size());
  }
  add_row(written, ctx.lang("Patients"), cells);
  return json;
}

Json cases_row(const PartContext& ctx, Written& written, const std::vector<Group>& groups) {
  Json json = Json::array();
  std::vector<std::string> cells;
  for (const Group& group : groups) {
    cells.push_back(html::grouped(group.units.size()));
    json.push_back(group.units.size());
  }
  add_row(written, ctx.lang("Cases"), cells);
  return json;
}

Json prevalence_rows(const PartContext& ctx, Written& written, const std::vector<Group>& groups) {
  Json json = Json::array();
  const AnalysisData& data = ctx.data;
  if (data.kind == TruthKind::none || data.kind == TruthKind::continuous || data.truth.empty()) return json;
  add_row(written, ctx.lang("Findings") + ", n (%)", std::vector<std::string>(groups.size()));
  for (std::size_t f = 0; f < data.findings.size() && f < data.truth.size(); ++f) {
    std::vector<std::string> cells;
    std::vector<std::vector<std::size_t>> counts;
    Json entry = {{"finding", data.findings[f].name}, {"groups", Json::array()}};
    for (const Group& group : groups) {
      std::size_t with = 0, without = 0;
      for (const std::uint32_t unit : group.units) {
        with += data.truth[f][unit] == Answer::yes ? 1U : 0U;
        without += data.truth[f][unit] == Answer::no ? 1U : 0U;
      }
      counts.push_back({with, without});
      cells.push_back(count_text(with, with + without) +
                      (with + without == group.units.size() ? "" : " / " + html::grouped(with + without)));
      entry["groups"].push_back(count_json(with, with + without));
    }
    std::optional<std::string> shown;
    if (groups.size() == 3) {
      const auto difference = standardised_difference(counts[1], counts[2]);
      entry["standardised_difference"] = number_or_null(difference);
      shown = difference_text(difference);
    }
    json.push_back(std::move(entry));
    add_row(written, indent + data.findings[f].name, cells, shown);
  }
  return json;
}

std::string note_of(const std::vector<Group>& groups) {
  std::string note =
      "Counted per case; shares of the cases in which the value is known. Quartiles by linear interpolation "
      "(Hyndman and Fan's definition 7). After a slash: cases whose finding is known, where not all are.";
  if (groups.size() == 3)
    note +=
        " SMD: standardised difference of the two groups (Austin 2009; of categories Yang and Dalton 2012; "
        "never below 0 there).";
  return note;
}

}  // namespace

ReportPart table1_part(const PartContext& ctx, const Table1Options& options) {
  ReportPart part{.id = "table1", .heading = ctx.lang("Patients and images")};
  const std::vector<Group> groups = groups_of(ctx, options.by);
  const std::vector<Variable> variables = variables_of(ctx, options);
  const bool is_empty = groups.front().units.empty();
  if (is_empty || (variables.empty() && ctx.data.kind == TruthKind::none)) return part;

  Written written;
  written.table = {.id = "table1", .title = part.heading, .note = note_of(groups)};
  written.table.header = {ctx.lang("Characteristic")};
  for (const Group& group : groups)
    written.table.header.push_back(&group == &groups.front() ? group.name : options.by + " " + group.name);
  if (groups.size() == 3) written.table.header.emplace_back("SMD");
  written.table.is_number.assign(written.table.header.size(), true);
  written.table.is_number.front() = false;

  Json names = Json::array();
  for (const Group& group : groups) names.push_back(group.name);
  part.numbers = {{"by", options.by}, {"groups", names}, {"quantile_definition", 7}};
  if (ctx.data.has_patients) part.numbers["patients"] = patients_row(ctx, written, groups);
  part.numbers["cases"] = cases_row(ctx, written, groups);
  for (const Variable& variable : variables) {
    if (is_measured(*variable.column, groups.front())) {
      add_numbers(ctx, written, variable, groups);
    } else {
      add_categories(ctx, written, variable, groups);
    }
  }
  part.numbers["variables"] = std::move(written.variables);
  part.numbers["findings"] = prevalence_rows(ctx, written, groups);
  part.html = html_table(written.table);
  part.tables.push_back(std::move(written.table));
  return part;
}

}  // namespace radbatch
