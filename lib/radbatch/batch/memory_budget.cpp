#include "radbatch/batch/memory_budget.hpp"

#include <unistd.h>

#include <algorithm>

namespace radbatch {
namespace {

constexpr std::chrono::milliseconds LOOK_EVERY{500};
// Below this the noise of an allocator says nothing about the cost of a case.
constexpr std::uint64_t TELLING_COST = std::uint64_t{16} << 20;
const std::string IMAGE = "image";

}  // namespace

void MemoryBudget::look() {
  const Clock::time_point now = Clock::now();
  if (tool_ > 0 && now - looked_ < LOOK_EVERY) return;
  looked_ = now;
  // Buffers that the tool has mapped are counted as buffers.
  const ProcessMemory own = memory_of(::getpid()).value_or(ProcessMemory());
  tool_ = own.private_bytes + own.file_bytes;
}

void MemoryBudget::answered(std::size_t slot) {
  const auto request = costs_.find(slot);
  if (request == costs_.end()) return;
  std::uint64_t& most = most_[slot];
  most = pool_.is_running(slot) ? std::max(most, request->second) : 0;
  costs_.erase(request);
  if (most < TELLING_COST || pool_.role(slot) != IMAGE) return;
  const std::uint64_t peak = pool_.memory(slot).last.peak_private_bytes();
  const std::uint64_t ready = pool_.memory(slot).ready.private_bytes;
  if (peak > ready) scale_ = std::max(scale_, static_cast<double>(peak - ready) / static_cast<double>(most));
}

std::uint64_t MemoryBudget::typical(const std::string& role) const {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    if (pool_.role(i) != role) continue;
    const SlotMemory& memory = pool_.memory(i);
    most = std::max(most, role == IMAGE ? memory.ready.private_bytes : memory.last.peak_private_bytes());
  }
  return most;
}

std::uint64_t MemoryBudget::charge(std::size_t slot, std::uint64_t cost) const {
  const SlotMemory& memory = pool_.memory(slot);
  const bool is_measured = memory.ready.private_bytes > 0;
  if (pool_.role(slot) != IMAGE)
    return is_measured ? memory.last.peak_private_bytes() : typical(pool_.role(slot));
  const std::uint64_t ready = is_measured ? memory.ready.private_bytes : typical(IMAGE);
  // What it keeps of the case before (a spare block) serves the next one.
  return std::max(memory.last.private_bytes,
                  ready + static_cast<std::uint64_t>(scale_ * static_cast<double>(cost)));
}

std::uint64_t MemoryBudget::charge(std::size_t slot) const {
  const auto request = costs_.find(slot);
  if (request != costs_.end()) return charge(slot, request->second);
  if (!pool_.is_running(slot)) return 0;
  return pool_.role(slot) == IMAGE ? pool_.memory(slot).last.private_bytes : charge(slot, 0);
}

std::uint64_t MemoryBudget::held() const {
  std::uint64_t all = tool_;
  std::map<std::string, std::uint64_t> libraries;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    std::uint64_t& file_bytes = libraries[pool_.role(i)];
    file_bytes = std::max(file_bytes, pool_.memory(i).last.file_bytes);
    all += charge(i);
  }
  for (const auto& [role, bytes] : libraries) all += bytes;
  return all;
}

bool MemoryBudget::fits(std::size_t slot, std::uint64_t cost, std::uint64_t buffers) const {
  return held() - charge(slot) + charge(slot, cost) + buffers <= limit_;
}

bool MemoryBudget::fits_process(const std::string& role, std::uint64_t cost, std::uint64_t buffers) const {
  return held() + typical(role) + cost + buffers <= limit_;
}

}  // namespace radbatch
