// Packets of several streams into one file.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "ffmpeg_ptr.h"
#include "stylize/media/atomic_file.h"
#include "unfinished_file.h"
#include "video_container.h"

namespace stylize {

// Writes into a temporary file in `temporary`, a folder on the file system of `path`. The sole user
// of its streams' clocks: packets come in any time base. Throws Error kOutputExists,
// kOutputUnwritable or kDiskFull, naming `path`. Not thread safe.
class Muxer {
 public:
  Muxer(const std::filesystem::path& path, const std::filesystem::path& temporary,
        VideoContainer container);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  // For metadata, chapters and streams, before write_header().
  [[nodiscard]] AVFormatContext& context() const { return *context_; }
  AVStream& add_stream();

  // `ticks` a second are what video tracks count, in containers where that can be chosen.
  void write_header(int ticks);
  void write(PacketPtr packet, int stream, AVRational time_base);
  void finish(Overwrite overwrite);

 private:
  void make_times_grow(AVPacket& packet, int stream);
  void fill_beginning(const AVPacket& first);
  void bound_waiting();
  [[nodiscard]] bool is_transport_stream() const { return container_.name.ends_with("ts"); }

  std::filesystem::path path_;
  VideoContainer container_;
  UnfinishedFile file_;
  OutputPtr context_;
  std::vector<std::int64_t> last_dts_;
  std::size_t waiting_ = 0;  // bytes given to libavformat since it wrote all it had
};

}  // namespace stylize
