#include "radbatch/torch/memory_reader.hpp"

#include <caffe2/serialize/read_adapter_interface.h>

#include <cstring>

namespace radbatch {
namespace {

class MemoryReader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MemoryReader(std::string_view bytes) : bytes_(bytes) {}

  size_t size() const override { return bytes_.size(); }
  size_t read(uint64_t position, void* buffer, size_t wanted, const char*) const override {
    if (position >= bytes_.size()) return 0;
    const std::string_view part = bytes_.substr(position, wanted);
    std::memcpy(buffer, part.data(), part.size());
    return part.size();
  }

 private:
  std::string_view bytes_;
};

}  // namespace

std::shared_ptr<caffe2::serialize::ReadAdapterInterface> memory_reader(std::string_view bytes) {
  return std::make_shared<MemoryReader>(bytes);
}

}  // namespace radbatch
