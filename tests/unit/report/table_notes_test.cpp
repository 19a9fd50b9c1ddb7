#include "radbatch/report/table_notes.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("the method of most rows, and whose is another") {
  MethodNotes notes;
  const auto with = [](const char* method) {
    return Estimate{0.5, Interval{0.4, 0.6, 0.95, method}, 9, 4, ""};
  };
  notes.add("AUROC", "Mass", with("DeLong"));
  notes.add("AUROC", "Nodule", with("DeLong"));
  notes.add("AUROC", "Hernia", with("Newcombe"));
  notes.add("PPV", "Mass", with("Wilson"));
  notes.add("PPV", "Hernia", Estimate{});
  CHECK(notes.text() == "In brackets 95 % intervals. AUROC: DeLong (Hernia: Newcombe). PPV: Wilson.");
  CHECK(MethodNotes{}.text().empty());
}

TEST_CASE("reasons of a row and of a table, each once") {
  ReasonNotes notes;
  notes.add("PPV", "Edema", "no case is called positive");
  notes.add("PPV", "Hernia", "no case is called positive");
  notes.add("F1", "Hernia", "no case is called positive");
  notes.add("", "Hernia", "only 3 cases with the finding");
  notes.add("PPV", "Mass", "");
  CHECK(notes.of_row("Hernia") == "PPV, F1: no case is called positive; only 3 cases with the finding");
  CHECK(notes.text() ==
        "PPV of Edema, Hernia: no case is called positive. F1 of Hernia: no case is called positive. Hernia: "
        "only "
        "3 cases with the finding.");
}
