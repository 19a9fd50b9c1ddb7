// Test-time augmentation: which sights of a prepared tensor the network is shown besides the tensor itself.
//
// One small grammar for the command line and the bundle. An anatomical axis is named by its two ends, because
// whether a mirror image is still a plausible patient depends on the axis: a left-right flip puts the liver
// on the left. So nothing here flips an axis that neither the user nor the bundle has named.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// One item of "flips:LR+AP,rotate:5,shift:2".
struct TtaItem {
  enum class Kind { flips, rotate, shift };
  Kind kind = Kind::flips;
  std::vector<std::string> axes;  ///< of flips: LR, AP, SI (of the patient), i, j, k (of the pixel grid)
  double amount = 0;              ///< degrees of rotate, pixels of shift
};
using Tta = std::vector<TtaItem>;

/// One look at a tensor [items, channels, spatial...]: flipped along axes of the tensor, or moved in the
/// plane of its first two spatial axes about the plane's centre.
struct Sight {
  std::string name;                      ///< "plain", "flip-LR-AP", "rotate+5", "shift-LR+2"
  std::vector<std::size_t> flipped;      ///< axes of the tensor, ascending
  double degrees = 0;                    ///< from the first axis of the plane towards the second
  std::array<double, 2> shift_px{0, 0};  ///< along both axes of the plane
  bool is_plain() const;
};

/// Throws Error(ExitCode::usage) that says what was expected.
Tta parse_tta(const std::string& text);
/// The canonical text, which parse_tta reads back.
std::string to_text(const Tta& tta);

/// What a user asks for within what the bundle declares as sensible. "bundle" takes all that it declares,
/// "flips" without axes the flips that it declares. Where it declares something, nothing else is accepted; an
/// empty declaration forbids all. Throws Error(ExitCode::usage).
Tta chosen_tta(const std::string& asked, const std::optional<Tta>& declared);

/// The sights of a tensor whose axes are called so ("N,C,R,A,S"), "plain" first: every combination of the
/// flipped axes, both directions of rotate, both directions of shift along both axes. Throws
/// Error(Reason::dimension) when the tensor has no such axis.
std::vector<Sight> sights_of(const Tta& tta, const std::string& axes);

/// The form in which a sight is asked for: docs/worker-protocol.md.
Json to_json(const Sight& sight);
/// Throws Json::exception.
Sight sight_from_json(const Json& json);

}  // namespace radbatch
