#!/usr/bin/env python3
"""missing_includes.py LIB HEADER...: what the precompiled header hides.

A header that its own source includes first is known to compile with nothing before it, but for the headers that are
precompiled (cmake/Modules.cmake) and so stand before everything. Looks whether each HEADER is the first of its source,
and whether one that uses something of those includes it, itself or through another header of the project.
"""

import pathlib
import re
import sys

PRECOMPILED = {
    "algorithm": r"std::(ranges::)?(sort|find|find_if|count|count_if|any_of|all_of|none_of|transform|clamp)\b",
    "array": r"std::array\b",
    "chrono": r"std::chrono\b",
    "filesystem": r"std::filesystem\b",
    "functional": r"std::function\b",
    "map": r"std::(multi)?map\b",
    "memory": r"std::(unique|shared|weak)_ptr\b|std::make_(unique|shared)\b",
    "optional": r"std::(optional|nullopt)\b",
    "set": r"std::(multi)?set\b",
    "span": r"std::span\b",
    "string": r"std::(string|to_string)\b",
    "string_view": r"std::string_view\b",
    "variant": r"std::(variant|monostate)\b",
    "vector": r"std::vector\b",
    "nlohmann/json.hpp": r"nlohmann::",
}
GIVEN_BY = {"string_view": {"string", "filesystem"}, "string": {"filesystem"}}  # the standard says, or all libraries do


def reached(lib, header, seen):
    """Every header that `header` includes, itself or through headers of the project."""
    if header in seen:
        return set()
    seen.add(header)
    found = set()
    for name in re.findall(r'^#include [<"]([^>"]+)[>"]', (lib / header).read_text(), re.MULTILINE):
        found.add(name)
        if (lib / name).is_file():
            found |= reached(lib, name, seen)
    return found


def faults_of(lib, header):
    text = re.sub(r"//.*", "", (lib / header).read_text())
    first = re.search(r"^#include.*", (lib / header).with_suffix(".cpp").read_text(), re.MULTILINE)
    if first.group() != f'#include "{header}"':
        yield f"{header} is no longer the first that its source includes: put it first, or configure again"
    if "#pragma once" not in text:
        yield f"{header} has no #pragma once"
    have = reached(lib, header, set())
    for name, use in PRECOMPILED.items():
        if re.search(use, text) and name not in have and not GIVEN_BY.get(name, set()) & have:
            yield f"{header} uses what is in <{name}> and does not include it"


def main():
    lib, headers = pathlib.Path(sys.argv[1]), sys.argv[2:]
    faults = [fault for header in headers for fault in faults_of(lib, header)]
    print("\n".join(faults) or f"{len(headers)} headers include what the precompiled header would hide")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
