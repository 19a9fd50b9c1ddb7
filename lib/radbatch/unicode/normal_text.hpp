// Text in one spelling, so that what looks the same compares the same: full-width letters of East Asian
// scanners, composed and decomposed accents, upper and lower case.
#pragma once

#include <string>
#include <string_view>

namespace radbatch {

/// NFKC (Unicode Standard Annex #15). Text that is not UTF-8 comes back as it is.
std::string nfkc(std::string_view text);
/// NFKC with full case folding: for comparing without regard to case.
std::string folded(std::string_view text);
/// Folded, with every run of ASCII punctuation but + and * turned into one blank, and one blank at each end:
/// so that " t1 " finds the word in "AX_T1-post".
std::string words_of(std::string_view text);

/// Cut (with a final '~') or padded with blanks to exactly that many columns of a terminal; East Asian
/// characters take two, combining ones none. For text that printable() has passed.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace radbatch
