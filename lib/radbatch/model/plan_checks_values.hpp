// What the parameters of readers and value steps must be beyond their type. Used by plan.cpp only.
#pragma once

#include "radbatch/model/plan.hpp"
#include "radbatch/model/plan_fields.hpp"

namespace radbatch::plan_checks {

void check(const plan_fields::FieldReader& r, step::LoadImage& s);
void check(const plan_fields::FieldReader& r, step::ClipIntensityPercentiles& s);
void check(const plan_fields::FieldReader& r, step::HistogramNormalize& s);
void check(const plan_fields::FieldReader& r, step::WindowLevel& s);
/// Replaces the frames' text by its one spelling.
void check(const plan_fields::FieldReader& r, step::SampleFrames& s);
void check(const plan_fields::FieldReader& r, step::TorchvisionNormalize& s);
void check(const plan_fields::FieldReader& r, step::TorchvisionGrayscale& s);
void check(const plan_fields::FieldReader& r, step::TorchxrayvisionNormalize& s);

}  // namespace radbatch::plan_checks
