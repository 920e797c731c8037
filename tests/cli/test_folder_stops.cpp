// `stylize folder` that is stopped: by Ctrl-C, by a kill at any moment, by a full disk.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "folder_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

RunSettings settings(const FolderFixture& fixture) {
  return {.environment = same_on_all_machines(), .folder = fixture.dir.path()};
}

// A folder whose whole result is known.
struct KnownFixture : FolderFixture {
  Files whole;

  explicit KnownFixture(int pictures, cv::Size size = {16, 12}) {
    for (int i = 0; i < pictures; ++i) {
      const std::string ending = i % 3 == 0 ? ".jpg" : ".png";
      picture((i % 2 == 0 ? "sub/" : "") + std::to_string(i) + ending, i, size);
    }
    file("sub/notes.txt", "copied as they are");
    REQUIRE(folder({"--copy-others"}).code == 0);
    whole = out();
    REQUIRE(whole.size() == static_cast<std::size_t>(pictures) + 1);
    fs::remove_all(dir / "out");
  }

  // Whether all that has a final name is as an uninterrupted run makes it.
  [[nodiscard]] bool is_part_of_whole() const {
    const Files made = out();
    return std::all_of(made.begin(), made.end(), [this](const auto& file) {
      const auto expected = whole.find(file.first);
      return expected != whole.end() && expected->second == file.second;
    });
  }

  // The next run must bring everything to its end.
  void check_next_run_completes() const {
    const Finished run = folder({"--copy-others"});
    CAPTURE(run.err);
    CHECK(run.code == 0);
    CHECK(out() == whole);
    CHECK(left_behind(dir.path()).empty());
  }
};

}  // namespace

TEST_CASE("Ctrl-C finishes what is in flight, and the next run goes on", "[folder_stops]") {
  const KnownFixture fixture(150, {200, 150});
  RunningStylize running(fixture.command({"--json", "--copy-others"}), settings(fixture));
  REQUIRE_THAT(running.read_line(), Contains("\"status\""));
  running.send_signal(GENERATE(SIGINT, SIGTERM));
  const Finished run = running.wait();
  CHECK(run.code == 130);
  CHECK_THAT(run.err, Contains("not started") && Contains("run the same command again"));
  CHECK_THAT(run.out, Contains("\"interrupted\":true"));
  const std::size_t finished = fixture.out().size();
  CHECK(finished >= 1);
  CHECK(finished < fixture.whole.size());
  CHECK(fixture.is_part_of_whole());
  CHECK(left_behind(fixture.dir.path()).empty());
  const JsonReport rest(fixture.folder({"--json", "--copy-others"}).out);
  CHECK(rest.summary.at("skipped") == finished);
  CHECK(fixture.out() == fixture.whole);
}

TEST_CASE("Ctrl-C twice stops at once, whatever is in flight", "[folder_stops]") {
  FolderFixture fixture;
  // Draws small pictures at once and large ones never.
  save_model(fixture.style,
             "def forward(self, x):\n"
             "  while x.size(3) > 1000:\n"
             "    pass\n"
             "  return 1.0 - x\n",
             frame_manifest("negative"));
  fixture.picture("0.png", 0);
  fixture.picture("1.png", 1, {2000, 8});
  fixture.picture("2.png", 2);
  RunningStylize running(fixture.command({"--json", "--work-size", "native"}), settings(fixture));
  REQUIRE_THAT(running.read_line(), Contains("in/0.png"));
  running.send_signal(SIGINT);
  running.send_signal(SIGTERM);  // two of one kind could arrive as one
  CHECK(running.wait().code == 130);
  CHECK(fixture.out().size() == 1);
  CHECK(load_pixels(fixture.dir / "out/0.png").cols == 16);
  // What it left is swept away.
  CHECK(fixture.folder({"--exclude", "1.png", "--work-size", "native"}).code == 0);
  CHECK(left_behind(fixture.dir.path()).empty());
}

TEST_CASE("fifty kills at random moments, and the union is an uninterrupted run",
          "[folder_kills]") {
#if defined(__SANITIZE_ADDRESS__)
  constexpr int kKills = 10;
#else
  constexpr int kKills = 50;
#endif
  const KnownFixture fixture(40, {64, 48});
  const Arguments batch_options{"--copy-others", "--json", "-j", "2:1:2"};
  const auto start = Clock::now();
  REQUIRE(fixture.folder(batch_options).code == 0);
  const auto whole_run = Clock::now() - start;
  fs::remove_all(fixture.dir / "out");
  const unsigned seed = std::random_device()();
  std::cout << "seed of the kills: " << seed << "\n";
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> share(0.0, 1.0);
  std::uniform_int_distribution<int> pictures(1, 20);
  int in_the_middle = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    RunningStylize running(fixture.command(batch_options), settings(fixture));
    // Every other one after some pictures: starting takes most of so short a run.
    if (kill % 2 == 0) {
      for (int told = pictures(random); told > 0 && !running.read_line().empty();) {
        --told;
      }
    } else {
      std::this_thread::sleep_for(share(random) * whole_run);
    }
    running.send_signal(SIGKILL);
    const int code = running.wait().code;
    CHECK((code == 128 + SIGKILL || code == 0));
    CHECK(fixture.is_part_of_whole());
    const std::size_t finished = fixture.out().size();
    in_the_middle += finished > 0 && finished < fixture.whole.size() ? 1 : 0;
    if (finished == fixture.whole.size()) {
      fixture.check_next_run_completes();
      fs::remove_all(fixture.dir / "out");
    }
  }
  fixture.check_next_run_completes();
  std::cout << in_the_middle << " of " << kKills << " in the middle of the work\n";
  CHECK(in_the_middle > 0);
}

TEST_CASE("a kill before any single step of writing costs nothing", "[folder_kills]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer does not allow a preloaded library");
#else
  // Over an empty folder, and over results of other parameters that have to be replaced.
  const bool replaces = GENERATE(false, true);
  const KnownFixture fixture(1);
  fs::create_directory(fixture.dir / "before");
  if (replaces) {
    REQUIRE(fixture.folder({"--copy-others", "--strength", "0.5"}).code == 0);
    fs::rename(fixture.dir / "out", fixture.dir / "before");
  }
  const Files old = files_below(fixture.dir.path() / "before");
  int steps = 0;
  for (bool killed = true; killed; ++steps) {
    fs::remove_all(fixture.dir / "out");
    fs::copy(fixture.dir / "before", fixture.dir / "out", fs::copy_options::recursive);
    const int code =
        fixture.folder({"--copy-others", "-j", "1:1:1"}, {.environment = killed_at_step(steps)})
            .code;
    killed = code == 128 + SIGKILL;
    CAPTURE(steps, code);
    CHECK((killed || code == 0));
    for (const auto& [name, content] : fixture.out()) {
      CHECK((content == fixture.whole.at(name) || (replaces && content == old.at(name))));
    }
    fixture.check_next_run_completes();
  }
  CHECK(steps >= (replaces ? 6 : 14));  // begin, write, sync, rename, record: every one
#endif
}

TEST_CASE("a full disk stops the run, and the next one goes on", "[folder_stops]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer does not allow a preloaded library");
#else
  const KnownFixture fixture(12, {64, 48});
  std::size_t bytes = 0;
  for (const auto& [name, content] : fixture.whole) {
    bytes += content.size();
  }
  for (const long room : {0L, 100L, 1000L, static_cast<long>(bytes / 4)}) {
    CAPTURE(room);
    const Finished run =
        fixture.folder({"--copy-others", "--json"}, {.environment = full_disk_after(room)});
    CHECK((run.code == 1 || run.code == 3));
    CHECK_THAT(run.err, Contains("cannot write: the disk is full") && Contains("not started"));
    CHECK(JsonReport(run.out).summary.at("failed") >= 1);
    CHECK(fixture.is_part_of_whole());
    CHECK(left_behind(fixture.dir.path()).empty());
  }
  fixture.check_next_run_completes();
#endif
}

TEST_CASE("memory has a bound, whatever the folder", "[folder_memory]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer needs memory of its own");
#else
  const FolderFixture fixture;
  // 2.9 GB of pixels. Some pictures are enough, by different names.
  constexpr int kPictures = 40;
  const cv::Mat flat(4000, 6000, CV_8UC3, cv::Scalar(10, 120, 200));
  fixture.picture("0.png");
  save_picture(fixture.dir / "in/0.png", flat, "[compression=1]");
  for (int i = 1; i < kPictures; ++i) {
    fs::create_hard_link(fixture.dir / "in/0.png",
                         fixture.dir / ("in/" + std::to_string(i) + ".png"));
  }
  // Without a network the pictures go through as fast as they can be loaded and saved.
  const Finished run = fixture.folder({"--strength", "0", "-f", "jpg", "-q", "50", "-j", "8:1:8"});
  CHECK(run.code == 0);
  CHECK(fixture.out().size() == kPictures);
  constexpr std::size_t kBound = std::size_t{1500} << 20U;
  CHECK(run.peak_bytes > flat.total() * flat.elemSize());  // it was measured
  CHECK(run.peak_bytes < kBound);
#endif
}
