// A Table as an AnnData dataframe (https://anndata.readthedocs.io/en/latest/fileformat-prose.html, encoding
// 0.2.0). For the sources of this folder only.
#pragma once

#include <string>

#include "radbatch/store/hdf5_handle.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch::hdf5 {

/// Creates group `name` under `parent`; the first column is the index.
void write_dataframe(hid_t parent, const std::string& name, const Table& table);

}  // namespace radbatch::hdf5
