#include "segment_file.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "ffmpeg_error.h"

namespace stylize {
namespace {

// As they lie in memory: read by the program that wrote them, on the same machine or one like it.
struct Header {
  std::array<char, 8> mark{'s', 't', 'y', 'l', 's', 'e', 'g', '1'};
  std::int32_t width = 0;
  std::int32_t height = 0;
};

// Behind the last packet.
struct Trailer {
  std::array<char, 8> mark{'s', 't', 'y', 'l', 's', 'e', 'g', 'E'};
  std::int64_t packets = 0;
};

// Before each packet's data.
struct Record {
  std::int64_t pts = 0;
  std::int64_t dts = 0;
  std::int64_t duration = 0;
  std::int32_t flags = 0;
  std::int32_t size = 0;
};

}  // namespace

SegmentFileWriter::SegmentFileWriter(const std::filesystem::path& path, cv::Size frames)
    : file_(path, path.parent_path()) {
  Header header;
  header.width = frames.width;
  header.height = frames.height;
  append(&header, sizeof(header));
}

void SegmentFileWriter::append(const void* bytes, std::size_t size) {
  constexpr std::size_t kEnough = std::size_t{1} << 20U;
  const auto* first = static_cast<const std::byte*>(bytes);
  waiting_.insert(waiting_.end(), first, first + size);
  if (waiting_.size() >= kEnough) {
    flush();
  }
}

void SegmentFileWriter::flush() {
  file_.check(write_all(file_.descriptor(), waiting_));
  waiting_.clear();
}

void SegmentFileWriter::write(const AVPacket& packet) {
  Record record;
  record.pts = packet.pts;
  record.dts = packet.dts;
  record.duration = packet.duration;
  record.flags = packet.flags;
  record.size = packet.size;
  ++packets_;
  append(&record, sizeof(record));
  append(packet.data, static_cast<std::size_t>(packet.size));
}

void SegmentFileWriter::finish() {
  Trailer trailer;
  trailer.packets = packets_;
  append(&trailer, sizeof(trailer));
  flush();
  file_.publish_as_final(Overwrite::kYes);
}

SegmentFileReader::SegmentFileReader(const std::filesystem::path& path)
    : path_(path), stream_(path, std::ios::binary) {
  Header header;
  if (!read(&header, sizeof(header)) || header.mark != Header().mark) {
    throw damaged();
  }
  size_ = {header.width, header.height};
  const auto begin = stream_.tellg();
  Trailer trailer;
  stream_.seekg(-static_cast<std::streamoff>(sizeof(trailer)), std::ios::end);
  if (!read(&trailer, sizeof(trailer)) || trailer.mark != Trailer().mark) {
    throw damaged();
  }
  packets_ = left_ = trailer.packets;
  stream_.seekg(begin);
}

bool SegmentFileReader::read(void* bytes, std::size_t size) {
  stream_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(size));
  return stream_.good();
}

Error SegmentFileReader::damaged() const {
  return {ErrorCode::kInputCorrupt, path_.string(), "is no whole segment of a video",
          "start anew with -y"};
}

PacketPtr SegmentFileReader::next() {
  if (left_ == 0) {
    return nullptr;
  }
  --left_;
  Record record;
  if (!read(&record, sizeof(record)) || record.size < 0) {
    throw damaged();
  }
  PacketPtr packet(check_allocated(av_packet_alloc()));
  check_av(av_new_packet(packet.get(), record.size), ErrorCode::kOutOfMemory, path_.string(),
           "joining");
  if (!read(packet->data, static_cast<std::size_t>(record.size))) {
    throw damaged();
  }
  packet->pts = record.pts;
  packet->dts = record.dts;
  packet->duration = record.duration;
  packet->flags = record.flags;
  return packet;
}

}  // namespace stylize
