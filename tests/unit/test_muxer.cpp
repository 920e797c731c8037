#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "src/media/muxer.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;

namespace {

PacketPtr packet_of(int bytes, std::int64_t time) {
  PacketPtr packet(av_packet_alloc());
  REQUIRE(av_new_packet(packet.get(), bytes) == 0);
  std::fill_n(packet->data, bytes, std::uint8_t{0});
  packet->pts = packet->dts = time;
  packet->flags = AV_PKT_FLAG_KEY;
  return packet;
}

void add_pictures(Muxer& muxer) {
  AVCodecParameters& pictures = *muxer.add_stream().codecpar;
  pictures.codec_type = AVMEDIA_TYPE_VIDEO;
  pictures.codec_id = AV_CODEC_ID_VP8;
  pictures.width = pictures.height = 64;
}

constexpr int kRunUp = 312;  // samples of 48000 a second

void add_opus(Muxer& muxer, int rate) {
  AVCodecParameters& sound = *muxer.add_stream().codecpar;
  sound.codec_type = AVMEDIA_TYPE_AUDIO;
  sound.codec_id = AV_CODEC_ID_OPUS;
  sound.sample_rate = rate;
  av_channel_layout_default(&sound.ch_layout, 1);
  sound.initial_padding = kRunUp;
  constexpr std::string_view kHead("OpusHead\x01\x01\x38\x01\xc0\x5d\x00\x00\x00\x00\x00", 19);
  sound.extradata =
      static_cast<std::uint8_t*>(av_mallocz(kHead.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  sound.extradata_size = static_cast<int>(kHead.size());
  std::copy(kHead.begin(), kHead.end(), sound.extradata);
}

std::uintmax_t bytes_in(const std::filesystem::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace

TEST_CASE("one picture and hours of sound do not fill the memory", "[video]") {
  const TempDir dir;
  Muxer muxer(dir / "out.webm", dir.path(), container_for("out.webm"));
  add_pictures(muxer);
  add_opus(muxer, 48000);
  muxer.write_header(1000);
  muxer.write(packet_of(100, 0), 0, {1, 1000});
  constexpr int kBytes = 1 << 14, kPackets = 1 << 12;
  for (int i = 0; i < kPackets; ++i) {
    muxer.write(packet_of(kBytes, std::int64_t{20} * i), 1, {1, 1000});
  }
  // What is not in the file is in the memory.
  CHECK(std::uintmax_t{kBytes} * kPackets - bytes_in(dir.path()) < std::uintmax_t{40} << 20U);
  muxer.finish(Overwrite::kNo);
  CHECK(bytes_in(dir.path()) > std::uintmax_t{kBytes} * kPackets);
}

TEST_CASE("Opus counts its run-up in its own clock, whatever the sound's rate", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const TempDir dir;
  const std::string out = dir / "out.mkv";
  const int rate = GENERATE(48000, 24000);
  CAPTURE(rate);
  Muxer muxer(out, dir.path(), container_for(out));
  add_opus(muxer, rate);
  muxer.write_header(1000);
  for (int i = 0; i < 10; ++i) {
    muxer.write(packet_of(100, std::int64_t{960} * i - kRunUp), 0, {1, 48000});
  }
  muxer.finish(Overwrite::kYes);
  const nlohmann::json found = ffprobe(out, "-show_packets -show_entries packet=pts_time");
  const std::string first = found.at("packets").at(0).at("pts_time");
  CHECK(std::stod(first) == Approx(-0.0065).margin(0.0011));
}

TEST_CASE("m2ts has the packets of Blu-ray discs, ts those of broadcasts", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  const auto [name, bytes, first] = GENERATE(
      table<std::string, std::size_t, std::size_t>({{"out.m2ts", 192, 4}, {"out.ts", 188, 0}}));
  CAPTURE(name);
  copy_video(dir / "clip.mp4", dir / name, {.preset = "veryfast"});
  const std::string whole = read_file(dir / name);
  REQUIRE(whole.size() > 100 * bytes);
  CHECK(whole.size() % bytes == 0);
  for (std::size_t i = first; i < whole.size(); i += bytes) {
    REQUIRE(whole[i] == 'G');
  }
}
