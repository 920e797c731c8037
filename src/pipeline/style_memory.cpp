#include "style_memory.h"

#include <algorithm>
#include <cstdint>

#include "stylize/core/error.h"

namespace stylize {
namespace {

using nlohmann::json;

Error damaged() {
  return {ErrorCode::kInputCorrupt, "", "what a stopped run has left to go on with is damaged",
          "start anew with -y"};
}

}  // namespace

std::vector<std::byte> to_memory(const json& memory) {
  const std::vector<std::uint8_t> bytes = json::to_cbor(memory);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  return {begin, begin + bytes.size()};
}

json picture_memory(const cv::Mat& picture) {
  const cv::Mat whole = picture.isContinuous() ? picture : picture.clone();
  const std::size_t size = whole.total() * whole.elemSize();
  return {{"rows", whole.rows},
          {"columns", whole.cols},
          {"type", whole.type()},
          {"pixels", json::binary({whole.data, whole.data + size})}};
}

cv::Mat remembered_picture(const json& memory) {
  const auto& pixels = memory.at("pixels").get_binary();
  cv::Mat picture(memory.at("rows").get<int>(), memory.at("columns").get<int>(),
                  memory.at("type").get<int>());
  if (pixels.size() != picture.total() * picture.elemSize()) {
    throw damaged();
  }
  std::copy(pixels.begin(), pixels.end(), picture.data);
  return picture;
}

void read_memory(std::span<const std::byte> memory, const std::function<void(const json&)>& read) {
  try {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(memory.data());
    read(memory.empty() ? json() : json::from_cbor(begin, begin + memory.size()));
  } catch (const json::exception&) {
    throw damaged();
  }
}

}  // namespace stylize
