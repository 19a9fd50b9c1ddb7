#include "radbatch/torch/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include <algorithm>
#include <charconv>
#include <mutex>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr const char* install_hint =
    "run cmake/install-dependencies.sh --with-cuda on a machine with an NVIDIA driver, or use --device cpu";

Device parse(const std::string& text) {
  if (text == "cpu") return {};
  if (text == "cuda") return {true, 0};
  Device device{true, -1};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + std::min<std::size_t>(5, text.size()), end, device.index);
  if (!text.starts_with("cuda:") || result.ec != std::errc{} || result.ptr != end || device.index < 0) {
    throw Error(ExitCode::device, "there is no device \"" + printable(text) + "\"; known: cpu, cuda, cuda:N");
  }
  return device;
}

/// Registers the CUDA backend. It stays loaded: LibTorch keeps pointers into it.
void load_cuda_library() {
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
  const char* why = ::dlerror();
  throw Error(ExitCode::device,
              std::string("device cuda was asked for and LibTorch's CUDA library cannot be loaded: ") +
                  printable(why == nullptr ? "unknown reason" : why),
              install_hint);
}

/// The same input gives the same bits on one GPU: fixed algorithms, no TF32.
void make_cuda_reproducible() {
  at::Context& context = at::globalContext();
  context.setBenchmarkCuDNN(false);
  context.setDeterministicCuDNN(true);
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
}

int cuda_devices() {
  try {
    return static_cast<int>(torch::cuda::device_count());
  } catch (const std::exception&) {  // no driver
    return 0;
  }
}

}  // namespace

std::string Device::name() const {
  return cuda ? "cuda:" + std::to_string(index) : "cpu";
}

Device open_device(const std::string& text) {
  const Device device = parse(text);
  if (!device.cuda) return device;
  load_cuda_library();
  const int count = cuda_devices();
  if (device.index >= count) {
    throw Error(ExitCode::device,
                "device " + device.name() + " was asked for and this machine has " +
                    (count == 0 ? "no CUDA device" : counted(static_cast<std::size_t>(count), "CUDA device")),
                count == 0 ? install_hint : "name one of cuda:0 to cuda:" + std::to_string(count - 1));
  }
  make_cuda_reproducible();
  return device;
}

void set_threads(int threads) {
  at::set_num_threads(std::max(1, threads));
  static std::once_flag once;  // LibTorch refuses a second time
  std::call_once(once, [] { at::set_num_interop_threads(1); });
}

}  // namespace radbatch
