#include "zip_directory.h"

#include <caffe2/serialize/read_adapter_interface.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include "stylize/core/error.h"

namespace stylize {
namespace {

using caffe2::serialize::ReadAdapterInterface;

// Sizes and signatures of the zip format (APPNOTE.TXT 4.3).
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLongestComment = 65535;
constexpr std::size_t kLocatorSize = 20;
constexpr std::size_t kBigEndSize = 56;
constexpr std::size_t kEntrySize = 46;
constexpr std::size_t kHeaderSize = 30;
constexpr std::string_view kEndMark{"PK\x05\x06", 4};
constexpr std::string_view kLocatorMark{"PK\x06\x07", 4};
constexpr std::string_view kBigEndMark{"PK\x06\x06", 4};
constexpr std::string_view kEntryMark{"PK\x01\x02", 4};
constexpr std::string_view kHeaderMark{"PK\x03\x04", 4};
constexpr std::uint16_t kBigSizesField = 1;
constexpr std::uint32_t kSeeBigSizes = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint16_t kSeeBigCount = std::numeric_limits<std::uint16_t>::max();
// Names may be long, but not so that the directory outweighs what it lists.
constexpr std::uint64_t kLargestDirectory = 16U << 20U;

struct Directory {
  std::uint64_t records = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

class DirectoryReader {
 public:
  DirectoryReader(const ReadAdapterInterface& file, std::string_view subject)
      : file_(file), subject_(subject) {}

  std::vector<ZipRecord> read(std::size_t most_records) const {
    const Directory directory = locate();
    if (directory.records > most_records) {
      throw Error(ErrorCode::kModelInvalid, subject_,
                  "holds " + std::to_string(directory.records) + " records, more than the " +
                      std::to_string(most_records) + " that a model may have",
                  "is this a model?");
    }
    const std::uint64_t file_size = file_.size();
    if (directory.size > std::min(kLargestDirectory, file_size) ||
        directory.offset > file_size - directory.size) {
      fail("its list of contents does not fit into it");
    }
    const std::string bytes = read_at(directory.offset, directory.size);
    std::vector<ZipRecord> records;
    std::size_t position = 0;
    for (std::uint64_t i = 0; i < directory.records; ++i) {
      records.push_back(read_entry(bytes, position));
      check_header(records.back());
    }
    return records;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(ErrorCode::kModelInvalid, subject_,
                "is a damaged or incomplete zip archive: " + std::string(what),
                "download or copy it again");
  }

  [[nodiscard]] std::string read_at(std::uint64_t position, std::uint64_t count) const {
    std::string bytes(count, '\0');
    if (file_.read(position, bytes.data(), bytes.size(), "zip directory") != bytes.size()) {
      fail("it ends too early");
    }
    return bytes;
  }

  [[nodiscard]] std::uint64_t number(std::string_view bytes, std::size_t at,
                                     std::size_t width) const {
    if (at > bytes.size() || width > bytes.size() - at) {
      fail("its list of contents is cut off");
    }
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
      value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
  }

  [[nodiscard]] Directory locate() const {
    const std::uint64_t file_size = file_.size();
    const std::uint64_t tail_size = std::min<std::uint64_t>(file_size, kEndSize + kLongestComment);
    const std::string tail = read_at(file_size - tail_size, tail_size);
    const std::size_t end =
        tail_size < kEndSize ? std::string::npos : tail.rfind(kEndMark, tail_size - kEndSize);
    if (end == std::string::npos) {
      fail("its list of contents, at the end, is missing");
    }
    Directory directory{number(tail, end + 10, 2), number(tail, end + 12, 4),
                        number(tail, end + 16, 4)};
    if (end >= kLocatorSize && tail.compare(end - kLocatorSize, 4, kLocatorMark) == 0) {
      read_big_end(number(tail, end - kLocatorSize + 8, 8), directory);
    } else if (directory.records == kSeeBigCount || directory.offset == kSeeBigSizes) {
      fail("a part of its list of contents is missing");
    }
    return directory;
  }

  // The zip64 form, which holds what does not fit into 32 bits.
  void read_big_end(std::uint64_t position, Directory& directory) const {
    if (position > file_.size() || file_.size() - position < kBigEndSize) {
      fail("a part of its list of contents is missing");
    }
    const std::string end = read_at(position, kBigEndSize);
    if (end.compare(0, 4, kBigEndMark) != 0) {
      fail("a part of its list of contents is missing");
    }
    directory = {number(end, 32, 8), number(end, 40, 8), number(end, 48, 8)};
  }

  // The entry at `position`, which is moved behind it.
  ZipRecord read_entry(std::string_view bytes, std::size_t& position) const {
    if (bytes.size() - position < kEntrySize || bytes.substr(position, 4) != kEntryMark) {
      fail("its list of contents is cut off");
    }
    const std::string_view entry = bytes.substr(position);
    ZipRecord record;
    record.method = static_cast<std::uint16_t>(number(entry, 10, 2));
    record.crc = static_cast<std::uint32_t>(number(entry, 16, 4));
    record.packed_size = number(entry, 20, 4);
    record.size = number(entry, 24, 4);
    record.header_offset = number(entry, 42, 4);
    const std::size_t name_size = number(entry, 28, 2);
    const std::size_t extra_size = number(entry, 30, 2);
    const std::size_t comment_size = number(entry, 32, 2);
    if (name_size + extra_size + comment_size > entry.size() - kEntrySize) {
      fail("its list of contents is cut off");
    }
    record.name = entry.substr(kEntrySize, name_size);
    read_big_sizes(entry.substr(kEntrySize + name_size, extra_size), record);
    position += kEntrySize + name_size + extra_size + comment_size;
    return record;
  }

  // Each record has its name in front of its bytes too. The list has no checksum of its own, so
  // that this is what shows a name damaged there.
  void check_header(const ZipRecord& record) const {
    const std::uint64_t size = kHeaderSize + record.name.size();
    if (record.header_offset > file_.size() || file_.size() - record.header_offset < size) {
      fail("record '" + record.name + "' lies outside of it");
    }
    const std::string header = read_at(record.header_offset, size);
    if (!header.starts_with(kHeaderMark) ||
        std::string_view(header).substr(kHeaderSize) != record.name) {
      fail("record '" + record.name + "' is not where its list of contents says");
    }
  }

  // Zip64 puts those of the three numbers here, in this order, that the entry leaves at 2^32-1.
  void read_big_sizes(std::string_view extra, ZipRecord& record) const {
    while (extra.size() >= 4) {
      const std::uint64_t id = number(extra, 0, 2);
      const std::size_t size = number(extra, 2, 2);
      if (size > extra.size() - 4) {
        fail("an entry of its list of contents is cut off");
      }
      if (id == kBigSizesField) {
        const std::string_view field = extra.substr(4, size);
        std::size_t at = 0;
        for (std::uint64_t* value : {&record.size, &record.packed_size, &record.header_offset}) {
          if (*value == kSeeBigSizes) {
            *value = number(field, at, 8);
            at += 8;
          }
        }
        return;
      }
      extra.remove_prefix(4 + size);
    }
  }

  const ReadAdapterInterface& file_;
  std::string_view subject_;
};

}  // namespace

std::vector<ZipRecord> read_zip_directory(const ReadAdapterInterface& file,
                                          std::size_t most_records, std::string_view subject) {
  return DirectoryReader(file, subject).read(most_records);
}

}  // namespace stylize
