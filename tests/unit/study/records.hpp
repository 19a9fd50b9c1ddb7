// File records as the scan makes them, for tests that need no files.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "radbatch/study/cohort.hpp"

namespace radbatch::test {

inline FileRecord image_file(const std::string& path, FileKind kind = FileKind::png) {
  FileRecord record;
  record.path = path;
  record.root = "/data";
  record.size = 100;
  record.kind = kind;
  record.attributes = {{"Rows", 64}, {"Columns", 64}};
  return record;
}

/// One axial CT slice; `uid` tells series apart ("1" -> SeriesInstanceUID "1.1").
inline FileRecord slice(const std::string& series, int number, double z, Json more = Json::object()) {
  const std::string uid = series + "." + std::to_string(number);
  FileRecord record = image_file("study/" + uid, FileKind::dicom);
  record.attributes = {{"PatientID", "P1"},
                       {"PatientName", "Secret^Name"},
                       {"StudyInstanceUID", "1.2.3"},
                       {"SeriesInstanceUID", "1." + series},
                       {"SOPInstanceUID", "9." + uid},
                       {"Modality", "CT"},
                       {"SeriesNumber", std::stoi(series)},
                       {"InstanceNumber", number},
                       {"Rows", 512},
                       {"Columns", 256},
                       {"PixelSpacing", {0.5, 0.25}},
                       {"ImagePositionPatient", {0, 0, z}},
                       {"ImageOrientationPatient", {1, 0, 0, 0, 1, 0}}};
  for (const auto& [keyword, value] : more.items()) {
    if (value.is_null()) {
      record.attributes.erase(keyword);
    } else {
      record.attributes[keyword] = value;
    }
  }
  return record;
}

inline std::vector<FileRecord> series_of(const std::string& series, int n, double step = 3,
                                         Json more = Json::object()) {
  std::vector<FileRecord> records;
  for (int i = 1; i <= n; ++i) records.push_back(slice(series, i, step * i, more));
  return records;
}

/// Slices of an anonymised export in `folder`: no UIDs but the frame of reference, no PatientID.
inline std::vector<FileRecord> anonymous(const std::string& folder, int n,
                                         const Json& more = Json::object()) {
  Json changes{{"StudyInstanceUID", nullptr}, {"SeriesInstanceUID", nullptr}, {"SOPInstanceUID", nullptr},
               {"PatientID", nullptr},        {"SeriesNumber", nullptr},      {"FrameOfReferenceUID", "4.5"},
               {"AcquisitionNumber", 14}};
  changes.update(more);
  std::vector<FileRecord> records;
  for (int i = 1; i <= n; ++i) {
    const Json position = changes.value("ImagePositionPatient", Json());
    records.push_back(slice("1", i, 3.0 * i, changes));
    if (position.is_array())
      records.back().attributes["ImagePositionPatient"][2] = position[2].get<double>() + 3.0 * i;
    records.back().path = (folder.empty() ? "" : folder + "/") + std::to_string(i) + ".dcm";
  }
  return records;
}

inline std::vector<FileRecord> operator+(std::vector<FileRecord> a, const std::vector<FileRecord>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Builds, and proves that no file was lost.
inline Cohort cohort_of(const std::vector<FileRecord>& records, const CaseOptions& options = {}) {
  Cohort cohort = build_cohort(records, options);
  check_accounting(cohort, records.size());
  return cohort;
}

}  // namespace radbatch::test
