#include "radbatch/model/monai_keys.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

using Keys = std::vector<std::string>;

bool among(const Keys& keys, const std::string& key) {
  return std::ranges::find(keys, key) != keys.end();
}

Keys texts_of(const Json& value) {
  Keys texts;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    if (one.is_string()) texts.push_back(one.get<std::string>());
  }
  return texts;
}

Keys keys_of(const Json& transform) {
  return transform.contains("keys") ? texts_of(transform["keys"]) : Keys{};
}

/// Entries that a transform writes: those it names besides its keys (ConcatItems, CopyItems), else its keys.
Keys written_by(const Json& transform) {
  Keys written;
  for (const char* field : {"name", "names", "output_name"}) {
    if (transform.contains(field)) {
      for (const std::string& key : texts_of(transform[field])) written.push_back(key);
    }
  }
  return written;
}

/// Entries that a transform reads besides its keys: CropForeground's source_key, ResampleToMatch's key_dst.
Keys read_beside(const Json& transform) {
  Keys read;
  for (const char* field : {"source_key", "key_dst", "mask_key", "ref_image"}) {
    if (transform.contains(field)) {
      for (const std::string& key : texts_of(transform[field])) read.push_back(key);
    }
  }
  return read;
}

Keys all_keys(const std::vector<MonaiItem>& chain) {
  Keys all;
  for (const MonaiItem& item : chain) {
    for (const std::string& key : keys_of(item.value)) {
      if (!among(all, key)) all.push_back(key);
    }
    for (const std::string& key : written_by(item.value)) {
      if (!among(all, key)) all.push_back(key);
    }
  }
  return all;
}

Keys network_keys(const Keys& all, const Json& metadata) {
  Keys named;
  const Json inputs = declared_inputs(metadata);
  for (const auto& [key, input] : inputs.items()) {
    if (among(all, key)) named.push_back(key);
  }
  if (!named.empty()) return named;
  return among(all, "image") ? Keys{"image"} : all;
}

/// Grows `wanted` by what feeds it, from the last transform to the first.
Keys with_what_feeds(Keys wanted, const std::vector<MonaiItem>& chain) {
  const auto want = [&](const Keys& more) {
    for (const std::string& key : more) {
      if (!among(wanted, key)) wanted.push_back(key);
    }
  };
  for (auto item = chain.rbegin(); item != chain.rend(); ++item) {
    const Keys keys = keys_of(item->value);
    const Keys written = written_by(item->value);
    const auto is_wanted = [&](const std::string& key) { return among(wanted, key); };
    if (std::ranges::any_of(written, is_wanted)) want(keys);
    if (std::ranges::any_of(keys, is_wanted)) want(read_beside(item->value));
  }
  return wanted;
}

/// Leaves only the wanted of the transform's keys, and their entries of its one-per-key lists.
void reduce(Json& transform, const Keys& wanted) {
  if (!transform["keys"].is_array()) return;
  const Keys keys = keys_of(transform);
  for (const char* field :
       {"keys", "mode", "padding_mode", "align_corners", "dtype", "order", "anti_aliasing"}) {
    const auto list = transform.find(field);
    if (list == transform.end() || !list->is_array() || list->size() != keys.size()) continue;
    Json left = Json::array();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (among(wanted, keys[i])) left.push_back((*list)[i]);
    }
    *list = std::move(left);
  }
}

}  // namespace

Json declared_inputs(const Json& metadata) {
  if (!metadata.is_object()) return Json::object();
  const Json format = metadata.value("network_data_format", Json());
  const Json inputs = format.is_object() ? format.value("inputs", Json()) : Json();
  return inputs.is_object() ? inputs : Json::object();
}

std::vector<std::string> keep_image_keys(std::vector<MonaiItem>& chain, const Json& metadata,
                                         std::vector<std::string>& notes) {
  const Keys all = all_keys(chain);
  const Keys wanted = with_what_feeds(network_keys(all, metadata), chain);
  for (const std::string& key : all) {
    if (among(wanted, key)) continue;
    notes.push_back("the key " + printable(key) + " is left out: it does not lead to the network");
  }
  const auto is_unwanted = [&](const MonaiItem& item) {
    const Keys keys = keys_of(item.value);
    return !keys.empty() && std::ranges::none_of(keys, [&](const auto& key) { return among(wanted, key); });
  };
  std::erase_if(chain, is_unwanted);
  for (MonaiItem& item : chain) {
    if (item.value.contains("keys")) reduce(item.value, wanted);
  }
  return wanted;
}

}  // namespace radbatch
