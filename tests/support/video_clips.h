// Clips made by the ffmpeg program, and what ffprobe says of files: our reader and writer are never
// compared with themselves alone.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stylize/media/video_reader.h"
#include "stylize/media/video_writer.h"
#include "temp_dir.h"

// For the beginning of a test case.
#define STYLIZE_NEEDS_FFMPEG()                                           \
  if (!stylize::test::have_ffmpeg()) {                                   \
    WARN("left out: the programs ffmpeg and ffprobe are not installed"); \
    return;                                                              \
  }

namespace stylize::test {

bool have_ffmpeg();

// A moving picture of 192 x 108, 2 seconds at 25 a second, as input of ffmpeg.
extern const char* const kMoving;
// B-frames at an ordinary quality, quickly made.
extern const char* const kH264;

struct VideoDir : TempDir {
  // Runs ffmpeg in this folder; its arguments are a shell's. Fails the test where it fails.
  void ffmpeg(const std::string& arguments) const;
};

nlohmann::json ffprobe(const std::string& path, const std::string& arguments);

// Of the first video stream, in showing order, in ticks.
std::vector<std::int64_t> times(const std::string& path);
// The same in text, seconds.
std::vector<std::string> seconds(const std::string& path);

// Streams as ffprobe lists them.
nlohmann::json streams(const std::string& path);

// Hashes of a stream's packets.
std::vector<std::string> packet_hashes(const std::string& path, int stream);

struct Copied {
  int frames = 0;
  int damaged = 0;
  std::vector<std::string> left_out;
};

// Reads and writes everything as it is.
Copied copy_video(const std::string& from, const std::string& to,
                  const VideoWriteOptions& write = {}, const VideoReadOptions& read = {},
                  int frames_a_segment = 1000);

struct FramesRead {
  std::vector<VideoFrame> frames;
  int packets = 0;
  int damaged = 0;
};

FramesRead read_frames(const std::string& path, const VideoReadOptions& options = {});
std::vector<std::int64_t> times(const std::vector<VideoFrame>& frames);

}  // namespace stylize::test
