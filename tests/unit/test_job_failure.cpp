#include <catch2/catch.hpp>
#include <new>
#include <opencv2/core.hpp>
#include <stdexcept>

#include "stylize/pipeline/job_failure.h"

using namespace stylize;

namespace {

std::optional<JobFailure> run(const std::function<void()>& work) {
  return run_isolated("a.png", "buy more", work);
}

}  // namespace

TEST_CASE("work that throws nothing runs once and is no failure", "[pipeline]") {
  int runs = 0;
  CHECK_FALSE(run([&runs] { ++runs; }));
  CHECK(runs == 1);
}

TEST_CASE("an error keeps its code, and names the input once", "[pipeline]") {
  const auto own = run([] { throw Error(ErrorCode::kInputCorrupt, "a.png", "ends early"); });
  REQUIRE(own);
  CHECK(own->code == ErrorCode::kInputCorrupt);
  CHECK(own->message == "a.png: ends early");

  const auto other = run([] { throw Error(ErrorCode::kDiskFull, "out/b.png", "disk is full"); });
  REQUIRE(other);
  CHECK(other->code == ErrorCode::kDiskFull);
  CHECK(other->message == "a.png: out/b.png: disk is full");
}

TEST_CASE("memory that ran out has a remedy, whoever noticed", "[pipeline]") {
  const auto standard = run([] { throw std::bad_alloc(); });
  const auto opencv = run([] {
    throw cv::Exception(cv::Error::StsNoMem, "Failed to allocate", "fastMalloc", "alloc.cpp", 1);
  });
  for (const auto& failure : {standard, opencv}) {
    REQUIRE(failure);
    CHECK(failure->code == ErrorCode::kOutOfMemory);
    CHECK(failure->message == "a.png: not enough memory for this picture (buy more)");
  }
}

TEST_CASE("other exceptions are internal failures", "[pipeline]") {
  const auto standard = run([] { throw std::runtime_error("odd"); });
  REQUIRE(standard);
  CHECK(standard->code == ErrorCode::kInternal);
  CHECK(standard->message == "a.png: odd");

  // Not OpenCV's what(), which names a source file and a line.
  const auto opencv = run([] {
    throw cv::Exception(cv::Error::StsAssert, "ksize.width > 0", "blur", "smooth.cpp", 7);
  });
  REQUIRE(opencv);
  CHECK(opencv->code == ErrorCode::kInternal);
  CHECK(opencv->message == "a.png: ksize.width > 0");
}

TEST_CASE("what is no exception of C++ passes through", "[pipeline]") {
  CHECK_THROWS_AS(run([] { throw 7; }), int);
}
