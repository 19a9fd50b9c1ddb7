// radbatch-make-script OUT.ts < SOURCE: a TorchScript model whose methods are the source, for tests of whole
// commands with a real network and no Python of PyTorch.
#include <torch/csrc/jit/api/module.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("radbatch-make-script OUT.ts < SOURCE\n", stderr);
    return 2;
  }
  try {
    const std::string source((std::istreambuf_iterator<char>(std::cin)), {});
    torch::jit::Module module("Model");
    module.define(source + "\n");
    module.save(argv[1]);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "radbatch-make-script: %s\n", problem.what());
    return 1;
  }
}
