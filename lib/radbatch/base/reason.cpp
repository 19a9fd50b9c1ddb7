#include "radbatch/base/reason.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace radbatch {
namespace {

using enum Status;

constexpr std::array<ReasonInfo, 35> table{{
    {Reason::not_image, "E_NOT_IMAGE", skipped, false, "The file is not an image that radbatch reads.",
     "Nothing, if it does not belong to the cohort; otherwise convert it to DICOM, NIfTI, NRRD, MetaImage, "
     "PNG, "
     "JPEG, TIFF or MP4."},
    {Reason::empty_file, "E_EMPTY_FILE", failed, false, "The file has no bytes.",
     "Copy it again from its source; a transfer has probably failed."},
    {Reason::not_selected, "E_NOT_SELECTED", skipped, false,
     "The image belongs to a case but no input of the model asked for it.",
     "See selection.csv for the rule; change --on-many if another series should be taken."},
    {Reason::truncated_pixels, "E_TRUNCATED_PIXELS", failed, false,
     "The pixel data is shorter than the header says.", "Copy or export the file again from its source."},
    {Reason::bad_header, "E_BAD_HEADER", failed, false, "The header is contradictory or cannot be parsed.",
     "Look at the file with dcmdump or nifti_tool; export it again, or leave it out with --exclude."},
    {Reason::transfer_syntax, "E_TRANSFER_SYNTAX", refused, false,
     "The pixels are stored in a compression that this build cannot decode.",
     "Transcode the files to JPEG 2000, JPEG-LS or uncompressed."},
    {Reason::photometric, "E_PHOTOMETRIC", refused, false,
     "The photometric interpretation cannot be turned into the values the model expects.",
     "Convert the image to MONOCHROME2 or RGB."},
    {Reason::too_large, "E_TOO_LARGE", refused, false,
     "The image needs more memory than a case may take (or its header pretends so).",
     "If the size is true, raise --max-ram; otherwise the header is damaged."},
    {Reason::decoder_crash, "E_DECODER_CRASH", failed, true, "The process that read the image died, twice.",
     "The next run tries again; if it stays, export the file again."},
    {Reason::decoder_timeout, "E_DECODER_TIMEOUT", failed, true,
     "Reading the image took longer than allowed.",
     "The next run tries again; raise --case-timeout on slow storage."},
    {Reason::mixed_orientation, "E_MIXED_ORIENTATION", refused, false,
     "The slices of one series do not share one orientation or grid.",
     "Regroup with --case-by SeriesInstanceUID or leave the series out."},
    {Reason::slice_gap, "E_SLICE_GAP", refused, false, "The distance between slices is not even.",
     "A slice is probably missing: complete the series."},
    {Reason::duplicate_slices, "E_DUPLICATE_SLICES", refused, false,
     "Several slices lie at the same position.",
     "The series holds several volumes (phases, echoes) or copies; split it or remove the copies."},
    {Reason::gantry_tilt, "E_GANTRY_TILT", refused, false,
     "The slices are sheared by a tilted gantry and the plan resamples the grid.",
     "Use a model whose plan works slice by slice, or de-shear the series first."},
    {Reason::modality, "E_MODALITY", skipped, false, "The model is not made for this modality.",
     "Nothing, if the model should not see it; otherwise check the Modality in the header."},
    {Reason::dimension, "E_DIMENSION", refused, false,
     "The image has another number of dimensions than the model takes.",
     "Give the model the images it was made for: see `radbatch model inspect`."},
    {Reason::spacing, "E_SPACING", refused, false,
     "The voxel spacing lies outside the range the model takes.",
     "Check the header's spacing; the accepted range is in `radbatch model inspect`."},
    {Reason::channels, "E_CHANNELS", refused, false,
     "The image has another number of channels than the model takes.",
     "Convert the image, or use a plan with a channel step (Grayscale, RepeatChannel)."},
    {Reason::range, "E_RANGE", refused, false, "The values lie outside the range the model takes.",
     "Check rescale slope and intercept, or whether the image was windowed before."},
    {Reason::no_series, "E_NO_SERIES", skipped, false,
     "The case has no image that any input of the model wants.",
     "See `radbatch why` for every series and its rule."},
    {Reason::many_series, "E_MANY_SERIES", refused, false, "Several series fit one input of the model.",
     "See them with `radbatch select OUT`; choose with --select RULES or --on-many "
     "first|most-slices|newest|all, or "
     "regroup with --case-by SeriesInstanceUID."},
    {Reason::missing_input, "E_MISSING_INPUT", refused, false, "An input that the model requires is missing.",
     "Complete the case; `radbatch model inspect` lists the inputs."},
    {Reason::nonfinite, "E_NONFINITE", failed, false, "The image or a score holds NaN or infinity.",
     "Repair the image; if the image is finite, report the model."},
    {Reason::prepare, "E_PREPARE", refused, false, "A step of the plan cannot be applied to this image.",
     "See the detail for the step and what it expected."},
    {Reason::plan_mismatch, "E_PLAN_MISMATCH", refused, false,
     "The tensor was prepared with another plan than the model's.",
     "Run radbatch-preprocess again with this model."},
    {Reason::model_output, "E_MODEL_OUTPUT", failed, false, "The model's output has not the declared shape.",
     "Check the bundle with `radbatch model verify`."},
    {Reason::model_crash, "E_MODEL_CRASH", failed, true,
     "The process that runs the model died on this case, twice.",
     "The next run tries again; check memory, and the bundle with `radbatch model verify`."},
    {Reason::case_timeout, "E_CASE_TIMEOUT", failed, true, "The model took longer than --case-timeout.",
     "The next run tries again; raise --case-timeout."},
    {Reason::out_of_memory, "E_OUT_OF_MEMORY", failed, true,
     "A worker reached its memory limit on this case.",
     "The next run tries again; raise --max-ram or lower --jobs."},
    {Reason::io, "E_IO", failed, true, "The file could not be read from storage.",
     "Check permissions and the mount; the next run tries again."},
    {Reason::file_changed, "E_FILE_CHANGED", failed, true,
     "A file changed while it was being read, or is not as it was when it was scanned.",
     "Wait until the copy is complete and repeat `radbatch scan` if there was one; the next run tries "
     "again."},
    {Reason::archive, "E_ARCHIVE", failed, false,
     "An archive, or a member of one, could not be opened: damaged, cut off, encrypted, growing without "
     "measure, or "
     "an archive itself.",
     "Copy the archive again, or unpack it with another program and give the folder; --max-unpacked allows a "
     "larger "
     "one."},
    {Reason::upstream, "E_UPSTREAM", interrupted, true,
     "The tool that feeds this one ended before its list was complete.",
     "Run the pipe again; what is committed is kept."},
    {Reason::interrupted, "E_INTERRUPTED", interrupted, true,
     "The run was stopped before this case was finished.",
     "Run the same command again; it goes on from there."},
    {Reason::frame_of_reference, "E_FRAME_OF_REFERENCE", refused, false,
     "The images of the case are not known to lie in one coordinate system.",
     "Register them; then say so in the manifest: \"registered\": true."},
}};

constexpr bool in_enumeration_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].reason) != i) return false;
  }
  return true;
}
static_assert(in_enumeration_order());

constexpr std::array<std::string_view, 5> status_names{"done", "skipped", "refused", "failed", "interrupted"};

}  // namespace

std::span<const ReasonInfo> reasons() {
  return table;
}

const ReasonInfo& info(Reason reason) {
  return table.at(static_cast<std::size_t>(reason));
}

std::string_view code(Reason reason) {
  return info(reason).code;
}

std::optional<Reason> find_reason(std::string_view wanted) {
  auto same = [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b));
  };
  for (const ReasonInfo& entry : table) {
    if (std::ranges::equal(entry.code, wanted, same)) return entry.reason;
  }
  return std::nullopt;
}

std::string_view name(Status status) {
  return status_names.at(static_cast<std::size_t>(status));
}

std::optional<Status> find_status(std::string_view wanted) {
  for (std::size_t i = 0; i < status_names.size(); ++i) {
    if (status_names[i] == wanted) return static_cast<Status>(i);
  }
  return std::nullopt;
}

}  // namespace radbatch
