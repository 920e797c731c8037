#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "stylize/core/error.h"
#include "stylize/pipeline/video_state.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

struct StateFixture {
  TempDir dir;
  fs::path output = dir.path() / "clip.cel.mp4";

  [[nodiscard]] VideoState open(ResumeVideo resume, const std::string& key = "key") const {
    return {output, key, resume};
  }

  // A run that ends after so many segments.
  void stopped_after(int segments, const std::string& key = "key") const {
    VideoState state = open(ResumeVideo::kYes, key);
    for (int i = 0; i < segments; ++i) {
      write_file(state.next_segment().string(), "segment");
      state.add_segment();
    }
  }
};

}  // namespace

TEST_CASE("finished segments are found again", "[pipeline]") {
  const StateFixture fixture;
  fixture.stopped_after(3);
  const VideoState state = fixture.open(ResumeVideo::kYes);
  REQUIRE(state.segments().size() == 3);
  CHECK(state.segments()[2].filename() == "000002.segment");
  CHECK(state.next_segment().filename() == "000003.segment");
  CHECK(state.next_segment().parent_path().filename() == ".clip.cel.mp4.stylize");
}

TEST_CASE("segments are neither mixed with others nor lost unasked", "[pipeline]") {
  const StateFixture fixture;
  fixture.stopped_after(2);
  CHECK_THROWS_WITH(fixture.open(ResumeVideo::kNo), Contains("--resume"));
  CHECK_THROWS_WITH(fixture.open(ResumeVideo::kYes, "other"), Contains("other options"));
  CHECK(fixture.open(ResumeVideo::kYes).segments().size() == 2);
  CHECK(fixture.open(ResumeVideo::kStartAnew, "other").segments().empty());
  CHECK(fixture.dir.names().empty());
}

TEST_CASE("what a killed run left half made is removed", "[pipeline]") {
  const StateFixture fixture;
  fixture.stopped_after(2);
  const fs::path folder = fixture.dir.path() / ".clip.cel.mp4.stylize";
  write_file((folder / ".stylize-abc").string(), "half");
  write_file((folder / "000007.segment").string(), "behind a gap");
  {
    const VideoState state = fixture.open(ResumeVideo::kYes);
    CHECK(state.segments().size() == 2);
  }
  CHECK_FALSE(fs::exists(folder / ".stylize-abc"));
  CHECK_FALSE(fs::exists(folder / "000007.segment"));
}

TEST_CASE("a run without a segment leaves nothing, and a whole one neither", "[pipeline]") {
  const StateFixture fixture;
  { const VideoState state = fixture.open(ResumeVideo::kNo); }
  CHECK(fixture.dir.names().empty());
  fixture.stopped_after(1);
  {
    VideoState state = fixture.open(ResumeVideo::kYes);
    state.remove();
  }
  CHECK(fixture.dir.names().empty());
}

TEST_CASE("a video is one run's at a time", "[pipeline]") {
  const StateFixture fixture;
  fixture.stopped_after(1);
  const VideoState first = fixture.open(ResumeVideo::kYes);
  CHECK_THROWS_WITH(fixture.open(ResumeVideo::kYes), Contains("another run"));
}

TEST_CASE("a name as long as names can be has a state, too", "[pipeline]") {
  StateFixture fixture;
  fixture.output = fixture.dir.path() / (std::string(250, 'a') + ".mp4");
  fixture.stopped_after(1);
  CHECK(fixture.open(ResumeVideo::kYes).segments().size() == 1);
}
