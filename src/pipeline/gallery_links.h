// Addresses for a page that lies on disk beside what it shows.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace stylize {

// The relative address of `target` in a page in `folder`: every byte but letters, digits, "-._~"
// and the slashes as %XX (RFC 3986), so that names of any bytes work. As the paths are spelt:
// links are not followed, as browsers do not, either.
std::string link_to(const std::filesystem::path& target, const std::filesystem::path& folder);

// RFC 4648, section 4.
std::string base64(std::span<const std::byte> bytes);

// The bytes as an address of their own.
std::string jpeg_data_address(std::span<const std::byte> bytes);

}  // namespace stylize
