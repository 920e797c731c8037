// The list of contents of a zip archive, as far as a model file needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caffe2::serialize {
class ReadAdapterInterface;
}

namespace stylize {

struct ZipRecord {
  std::string name;
  std::uint64_t size = 0;         // expanded
  std::uint64_t packed_size = 0;  // in the file
  std::uint64_t header_offset = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
};

// Reads the central directory at the end of the file (zip64 too). Nothing is expanded, and what the
// file claims is checked against its size and the records' own headers, so that the work stays in
// proportion to the file. Throws Error kModelInvalid naming `subject` for a truncated or damaged
// directory and for one of more than `most_records` records. Thread safe.
std::vector<ZipRecord> read_zip_directory(const caffe2::serialize::ReadAdapterInterface& file,
                                          std::size_t most_records, std::string_view subject);

}  // namespace stylize
