// Lets LibTorch read an archive from bytes that are in memory already, and hashed. Only this module includes
// it.
#pragma once

#include <memory>
#include <string_view>

namespace caffe2::serialize {
class ReadAdapterInterface;
}

namespace radbatch {

/// A reader over `bytes`, which must outlive it.
std::shared_ptr<caffe2::serialize::ReadAdapterInterface> memory_reader(std::string_view bytes);

}  // namespace radbatch
