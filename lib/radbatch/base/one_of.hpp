// Lists of types, as tables about the alternatives of a variant are written.
#pragma once

#include <type_traits>

namespace radbatch {

template <class T, class... Others>
inline constexpr bool is_one_of = (std::is_same_v<T, Others> || ...);

}  // namespace radbatch
