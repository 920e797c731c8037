#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "src/media/segment_file.h"
#include "stylize/core/error.h"
#include "temp_dir.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

PacketPtr packet_of(int number) {
  PacketPtr packet(av_packet_alloc());
  REQUIRE(av_new_packet(packet.get(), number) == 0);
  std::fill_n(packet->data, number, static_cast<std::uint8_t>(number));
  packet->pts = 1000 - number;
  packet->dts = number - 5;
  packet->duration = 3LL * number;
  packet->flags = number % 2;
  return packet;
}

// Whether ffmpeg decodes all of it without a word.
bool plays(const std::string& path) {
  const std::string command =
      "test -z \"$(ffmpeg -v warning -nostdin -i '" + path + "' -f null - 2>&1)\"";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("a segment's packets come back as they were", "[video]") {
  const TempDir dir;
  const std::string path = dir / "segment";
  {
    SegmentFileWriter writer(path, {64, 48});
    for (int i = 0; i < 300; ++i) {
      writer.write(*packet_of(i));
    }
    CHECK_FALSE(std::filesystem::exists(path));
    writer.finish();
  }
  SegmentFileReader reader(path);
  CHECK(reader.size() == cv::Size(64, 48));
  for (int i = 0; i < 300; ++i) {
    const PacketPtr packet = reader.next();
    const PacketPtr expected = packet_of(i);
    REQUIRE(packet);
    CHECK(packet->pts == expected->pts);
    CHECK(packet->dts == expected->dts);
    CHECK(packet->duration == expected->duration);
    CHECK(packet->flags == expected->flags);
    REQUIRE(packet->size == i);
    CHECK(std::equal(packet->data, packet->data + i, expected->data));
  }
  CHECK_FALSE(reader.next());
}

TEST_CASE("what is no whole segment is refused", "[video]") {
  const TempDir dir;
  SegmentFileWriter writer(dir / "segment", {64, 48});
  writer.write(*packet_of(100));
  writer.finish();
  const std::string whole = read_file(dir / "segment");
  for (const std::size_t size : {std::size_t{0}, std::size_t{9}, whole.size() - 1}) {
    write_file(dir / "torn", whole.substr(0, size));
    CHECK_THROWS_WITH(
        [&] {
          SegmentFileReader reader(dir / "torn");
          while (reader.next()) {
          }
        }(),
        Contains("no whole segment"));
  }
  write_file(dir / "other", std::string(100, 'x'));
  CHECK_THROWS_WITH(SegmentFileReader(dir / "other"), Contains("no whole segment"));
}

TEST_CASE("a video of many segments has the source's times and no seam", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const std::string sound = "-f lavfi -i sine=d=2 ";
  const std::string ending = GENERATE(".mp4", ".mkv");
  const bool is_variable = GENERATE(false, true);
  CAPTURE(ending, is_variable);
  const std::string rate =
      is_variable ? "-vf select='not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr " : "";
  dir.ffmpeg(kMoving + sound + rate + kH264 + "-c:a aac clip" + ending);
  const std::string clip = dir / ("clip" + ending);
  const std::string joined = dir / ("joined" + ending);
  const Copied copied = copy_video(clip, joined, {}, {}, 7);
  CHECK(times(joined) == times(clip));
  CHECK(packet_hashes(joined, 1) == packet_hashes(clip, 1));
  CHECK(read_frames(joined).frames.size() == static_cast<std::size_t>(copied.frames));
  CHECK(plays(joined));
}

TEST_CASE("skipped frames are those that come first", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  const std::vector<std::int64_t> all = times(dir / "clip.mp4");
  VideoReader reader(dir / "clip.mp4");
  reader.skip_frames(20);
  CHECK(reader.next_frame()->pts == all[20]);
  reader.skip_frames(1000);
  CHECK_FALSE(reader.next_frame());
}
