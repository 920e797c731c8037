// What styles remember of a clip, as bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace stylize {

// CBOR (RFC 8949) of `memory`.
std::vector<std::byte> to_memory(const nlohmann::json& memory);

// A picture of any type, pixel for pixel.
nlohmann::json picture_memory(const cv::Mat& picture);
cv::Mat remembered_picture(const nlohmann::json& memory);

// The other way: calls `read`, with null for no bytes. What that finds missing or of another type
// becomes Error kInputCorrupt, as do bytes that are no memory.
void read_memory(std::span<const std::byte> memory,
                 const std::function<void(const nlohmann::json&)>& read);

}  // namespace stylize
