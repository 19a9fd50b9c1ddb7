// What a TorchScript program would do besides arithmetic.
//
// A model file is a program: LibTorch has operators that write and map files and that talk to other machines.
// The sandbox stops them anyway; a model that has them is refused before it runs, by the name of the
// operator.
#pragma once

#include <string>

namespace torch::jit {
struct Module;
}

namespace radbatch {

/// Whether an operator ("aten::save") reaches files, other machines or Python.
bool leaves_the_process(const std::string& name);
/// Throws Error(ExitCode::model) that names the operator and the function, for every function that came with
/// the module, called or not. `__setstate__` has run by then, in the sandbox, as part of loading.
void require_harmless_operators(const torch::jit::Module& module);
/// Throws Error(ExitCode::model) unless forward() can be called with one tensor.
void require_one_input(const torch::jit::Module& module);

}  // namespace radbatch
