#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

// Many inputs and one after the other takes a while.
Arguments many(const CliFixture& fixture, int count) {
  save_picture(fixture.photo, colorful(300, 200));
  Arguments arguments;
  for (int i = 0; i < count; ++i) {
    const std::string name = fixture.dir / ("in-" + std::to_string(i) + ".png");
    std::filesystem::create_hard_link(fixture.photo, name);
    arguments.push_back(name);
  }
  arguments.insert(arguments.end(),
                   {"-o", fixture.dir / "out/", "--style", fixture.style, "--json"});
  return arguments;
}

int finished_pictures(const CliFixture& fixture, bool allow_temporary) {
  int count = 0;
  if (!std::filesystem::exists(fixture.dir / "out")) {
    return 0;
  }
  for (const auto& entry : std::filesystem::directory_iterator(fixture.dir / "out")) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(".stylize-", 0) == 0) {
      CHECK(allow_temporary);
      continue;
    }
    CHECK(load_pixels(entry.path().string()).size() == cv::Size(300, 200));  // whole
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("Ctrl-C finishes the picture in flight and says what is left", "[interrupt]") {
  const CliFixture fixture;
  constexpr int kCount = 200;
  RunningStylize running(many(fixture, kCount));
  REQUIRE_THAT(running.read_line(), Contains("\"done\""));
  running.send_signal(SIGINT);
  const Finished run = running.wait();
  CHECK(run.code == 130);
  CHECK_THAT(run.out, Contains("\"interrupted\":true"));
  CHECK_THAT(run.err, Contains("stopping after what is in flight") && Contains("not started"));
  const int finished = finished_pictures(fixture, false);
  CHECK(finished >= 1);
  CHECK(finished < kCount);
}

TEST_CASE("a killed run leaves no half picture under a final name", "[interrupt]") {
  const CliFixture fixture;
  const Arguments arguments = many(fixture, 100);
  std::mt19937 random(7);
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove_all(fixture.dir / "out");
    RunningStylize running(arguments);
    const unsigned lines = 1 + random() % 8;
    for (unsigned line = 0; line < lines; ++line) {
      running.read_line();
    }
    running.send_signal(SIGKILL);
    CHECK(running.wait().code == 128 + SIGKILL);
    CHECK(finished_pictures(fixture, true) >= 1);
  }
}
