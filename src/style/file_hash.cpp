#include "stylize/style/file_hash.h"

#include <glib.h>

#include <array>
#include <fstream>
#include <memory>

#include "stylize/core/error.h"

namespace stylize {
namespace {

struct ChecksumFree {
  void operator()(GChecksum* checksum) const { g_checksum_free(checksum); }
};

using Checksum = std::unique_ptr<GChecksum, ChecksumFree>;

}  // namespace

std::string sha256_of_bytes(std::span<const std::uint8_t> bytes) {
  const Checksum checksum(g_checksum_new(G_CHECKSUM_SHA256));
  g_checksum_update(checksum.get(), bytes.data(), static_cast<gssize>(bytes.size()));
  return g_checksum_get_string(checksum.get());
}

std::string sha256_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorCode::kModelMissing, path.string(), "cannot be read");
  }
  const Checksum checksum(g_checksum_new(G_CHECKSUM_SHA256));
  std::array<char, 1 << 16> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    const std::string_view bytes(block.data(), static_cast<std::size_t>(file.gcount()));
    g_checksum_update(checksum.get(), reinterpret_cast<const guchar*>(bytes.data()),
                      static_cast<gssize>(bytes.size()));
  }
  return g_checksum_get_string(checksum.get());
}

}  // namespace stylize
