#include "video_clips.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace stylize::test {
namespace {

struct PipeCloser {
  void operator()(FILE* file) const { pclose(file); }
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, PipeCloser> pipe(popen(command.c_str(), "r"));
  REQUIRE(pipe);
  std::string text;
  std::array<char, 4096> block{};
  while (const std::size_t count = fread(block.data(), 1, block.size(), pipe.get())) {
    text.append(block.data(), count);
  }
  return text;
}

}  // namespace

const char* const kMoving = "-f lavfi -i testsrc2=s=192x108:r=25:d=2 ";
const char* const kH264 = "-c:v libx264 -preset veryfast -crf 23 -bf 3 ";

bool have_ffmpeg() {
  static const bool kHave =
      std::system("ffmpeg -version >/dev/null 2>&1 && ffprobe -version >/dev/null 2>&1") == 0;
  return kHave;
}

void VideoDir::ffmpeg(const std::string& arguments) const {
  const std::string command =
      "cd '" + path().string() + "' && ffmpeg -v error -y -nostdin -threads 1 " + arguments;
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

nlohmann::json ffprobe(const std::string& path, const std::string& arguments) {
  return nlohmann::json::parse(
      output_of("ffprobe -v error -of json " + arguments + " '" + path + "'"));
}

std::vector<std::int64_t> times(const std::string& path) {
  const nlohmann::json found =
      ffprobe(path, "-select_streams V:0 -show_frames -show_entries frame=pts");
  std::vector<std::int64_t> result;
  for (const nlohmann::json& frame : found.at("frames")) {
    result.push_back(frame.at("pts"));
  }
  return result;
}

std::vector<std::string> seconds(const std::string& path) {
  const nlohmann::json found = ffprobe(
      path, "-select_streams V:0 -show_frames -show_entries frame=best_effort_timestamp_time");
  std::vector<std::string> result;
  for (const nlohmann::json& frame : found.at("frames")) {
    result.push_back(frame.at("best_effort_timestamp_time"));
  }
  return result;
}

nlohmann::json streams(const std::string& path) {
  return ffprobe(path, "-show_streams").at("streams");
}

std::vector<std::string> packet_hashes(const std::string& path, int stream) {
  const nlohmann::json found =
      ffprobe(path, "-select_streams " + std::to_string(stream) +
                        " -show_packets -show_entries packet=data_hash -show_data_hash md5");
  std::vector<std::string> result;
  for (const nlohmann::json& packet : found.at("packets")) {
    result.push_back(packet.at("data_hash"));
  }
  return result;
}

Copied copy_video(const std::string& from, const std::string& to, const VideoWriteOptions& write,
                  const VideoReadOptions& read, int frames_a_segment) {
  VideoReader reader(from, read);
  check_video_output(to, reader, write);
  Copied copied{
      .frames = 0, .damaged = 0, .left_out = streams_left_out(to, reader, write.converts)};
  const TempDir dir;
  std::vector<std::filesystem::path> segments;
  std::optional<VideoSegmentWriter> writer;
  while (const auto frame = reader.next_frame()) {
    if (copied.frames++ % frames_a_segment == 0) {
      if (writer) {
        writer->finish();
      }
      segments.emplace_back(dir / std::to_string(segments.size()));
      writer.emplace(segments.back(), to, reader, write);
    }
    writer->write(*frame);
  }
  if (writer) {
    writer->finish();
  }
  VideoReader rest(from, read);
  join_segments(segments, to, std::filesystem::path(to).parent_path(), rest, write, {});
  copied.damaged = reader.damaged();
  return copied;
}

FramesRead read_frames(const std::string& path, const VideoReadOptions& options) {
  VideoReader reader(path, options);
  FramesRead read;
  while (auto frame = reader.next_frame()) {
    read.frames.push_back(std::move(*frame));
  }
  VideoReader others(path, options);
  while (others.next_packet()) {
    ++read.packets;
  }
  read.damaged = reader.damaged();
  return read;
}

std::vector<std::int64_t> times(const std::vector<VideoFrame>& frames) {
  std::vector<std::int64_t> result;
  result.reserve(frames.size());
  for (const VideoFrame& frame : frames) {
    result.push_back(frame.pts);
  }
  return result;
}

}  // namespace stylize::test
