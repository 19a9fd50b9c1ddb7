#include "graph_files.hpp"

#include <fstream>

#include "radbatch/base/hash.hpp"
#include "radbatch/openvino/load.hpp"

namespace radbatch::test {
namespace {

// As openvino.save_model writes it (version 2026.4).
constexpr const char* product_graph = R"(<?xml version="1.0"?>
<net name="product" version="11">
  <layers>
    <layer id="0" name="x" type="Parameter" version="opset1">
      <data shape="2,3" element_type="f32" />
      <output><port id="0" precision="FP32"><dim>2</dim><dim>3</dim></port></output>
    </layer>
    <layer id="1" name="W" type="Const" version="opset1">
      <data element_type="f32" shape="3, 2" offset="0" size="24" />
      <output><port id="0" precision="FP32"><dim>3</dim><dim>2</dim></port></output>
    </layer>
    <layer id="2" name="product" type="MatMul" version="opset1">
      <data transpose_a="false" transpose_b="false" />
      <input>
        <port id="0" precision="FP32"><dim>2</dim><dim>3</dim></port>
        <port id="1" precision="FP32"><dim>3</dim><dim>2</dim></port>
      </input>
      <output><port id="2" precision="FP32" names="logits"><dim>2</dim><dim>2</dim></port></output>
    </layer>
    <layer id="3" name="y" type="Result" version="opset1" output_names="logits">
      <input><port id="0" precision="FP32"><dim>2</dim><dim>2</dim></port></input>
    </layer>
  </layers>
  <edges>
    <edge from-layer="0" from-port="0" to-layer="2" to-port="0" />
    <edge from-layer="1" from-port="0" to-layer="2" to-port="1" />
    <edge from-layer="2" from-port="2" to-layer="3" to-port="0" />
  </edges>
</net>
)";

std::string changed(std::string text, const Changes& changes) {
  for (const auto& [from, to] : changes) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }
  return text;
}

void write(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

}  // namespace

BackendRequest product_files(const TemporaryFolder& folder, const Changes& changes) {
  const std::filesystem::path graph = folder.path() / "model.xml", weights = folder.path() / "model.bin";
  constexpr float values[] = {1, 2, 3, 4, 5, 6};
  write(graph, changed(product_graph, changes));
  write(weights, {reinterpret_cast<const char*>(values), sizeof values});
  return {.path = graph.string(),
          .kind = "openvino",
          .sha256 = sha256_file(graph),
          .device = "cpu",
          .threads = 1,
          .cache_dir = "",
          .weights_path = weights.string(),
          .weights_sha256 = sha256_file(weights),
          .batch = 2};
}

Error load_error(const BackendRequest& request) {
  try {
    load_openvino_classifier(request);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

}  // namespace radbatch::test
