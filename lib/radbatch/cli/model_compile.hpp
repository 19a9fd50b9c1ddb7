// `radbatch model compile BUNDLE`: a faster form of a bundle's network, made by PyTorch on this machine.
//
// The tools themselves need no Python. Here they start one that has PyTorch, let models/tools/compile.py work
// on a copy of the bundle, and take what it made only after a classify worker has loaded it from there and
// reproduced the bundle's known answers with it. A bundle without known answers cannot be compiled, since
// nothing could prove the result.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace radbatch {

struct CompileOptions {
  std::filesystem::path bundle;
  std::string backend = "openvino";  ///< kind of what is made: openvino, aotinductor
  std::string python;   ///< to start; empty: python3 or python of the PATH that has what is needed
  bool prefer = false;  ///< put it before all other backends; otherwise behind them
};

/// Makes the backend, proves it and enters it in radbatch.json; a former one of the same file goes. Throws
/// Error(ExitCode::usage) for an unknown kind and where no Python has what is needed, Error(ExitCode::model)
/// when the bundle has no TorchScript or no known answers, its network cannot be compiled, or what was made
/// does not reproduce the known answers: the bundle is then as it was.
int compile_model(const CompileOptions& options);

/// Parses what follows "model compile". Throws Error(ExitCode::usage).
int compile_command(std::span<const std::string> words);

}  // namespace radbatch
