// The wanted attributes of a header that DCMTK has parsed. Internal to the module.
#pragma once

#include "radbatch/dicom/header_values.hpp"

class DcmItem;

namespace radbatch {

class ParsedValues : public HeaderValues {
 public:
  explicit ParsedValues(DcmItem& dataset) : dataset_(dataset) {}

  bool has_value(std::size_t attribute) const override;
  std::string text(std::size_t attribute) const override;
  std::optional<std::vector<double>> numbers(std::size_t attribute) const override;

 private:
  DcmItem& dataset_;
};

}  // namespace radbatch
