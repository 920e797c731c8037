#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "src/pipeline/output_paths.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/job_planner.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;
using Catch::EndsWith;

namespace {

ImageRequest request(std::vector<std::string> inputs) {
  ImageRequest wanted;
  wanted.inputs = std::move(inputs);
  wanted.style = "cel";
  return wanted;
}

std::string first_output(const ImageRequest& wanted) {
  return plan_image_jobs(wanted).front().output_name();
}

ErrorCode code_of(const ImageRequest& wanted) {
  try {
    plan_image_jobs(wanted);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kInternal;
}

}  // namespace

TEST_CASE("outputs get their default names", "[pipeline]") {
  CHECK(first_output(request({"a/photo.JPG"})) == "a/photo.cel.JPG");
  CHECK(first_output(request({"photo.v2.png"})) == "photo.v2.cel.png");
  CHECK(first_output(request({"photo"})) == "photo.cel.png");
  CHECK(first_output(request({"photo.bmp"})) == "photo.cel.png");
  ImageRequest wanted = request({"a/photo.jpg"});
  wanted.format = ImageFormat::kWebp;
  CHECK(first_output(wanted) == "a/photo.cel.webp");
  wanted.output = "out/";
  CHECK(first_output(wanted) == "out/photo.cel.webp");
  wanted.output = "-";
  CHECK(first_output(wanted) == "-");
}

TEST_CASE("a folder is meant when it exists, ends in a slash, or inputs are many", "[pipeline]") {
  const TempDir dir;
  ImageRequest wanted = request({"photo.jpg"});
  wanted.output = dir.path().string();
  CHECK(first_output(wanted) == dir / "photo.cel.jpg");
  wanted = request({"a.jpg", "b.jpg"});
  wanted.output = "out";
  const std::vector<Job> jobs = plan_image_jobs(wanted);
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[1].output_name() == "out/b.cel.jpg");
}

TEST_CASE("the ending of the output decides the format", "[pipeline]") {
  ImageRequest wanted = request({"photo.jpg"});
  wanted.output = "x.webp";
  CHECK(plan_image_jobs(wanted).front().format == ImageFormat::kWebp);
  wanted.format = ImageFormat::kPng;
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  wanted.output = "x.bmp";
  wanted.format.reset();
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  wanted.output = "without";
  CHECK_FALSE(plan_image_jobs(wanted).front().format);
}

TEST_CASE("standard input goes to standard output unless told otherwise", "[pipeline]") {
  const Job job = plan_image_jobs(request({"-"})).front();
  CHECK(job.reads_stdin());
  CHECK(job.writes_stdout());
  ImageRequest wanted = request({"-"});
  wanted.output = "x.png";
  CHECK(first_output(wanted) == "x.png");
  CHECK(code_of(request({"-", "-"})) == ErrorCode::kUsage);
  CHECK(code_of(request({"-", "a.jpg"})) == ErrorCode::kUsage);
  wanted = request({"a.jpg", "b.jpg"});
  wanted.output = "-";
  CHECK(code_of(wanted) == ErrorCode::kUsage);
}

TEST_CASE("an input is never an output", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "a.jpg", "x");
  ImageRequest wanted = request({dir / "a.jpg"});
  wanted.on_exists = OnExists::kOverwrite;
  wanted.output = dir / "a.jpg";
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  wanted.output = dir / "./sub/../a.jpg";
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  std::filesystem::create_symlink(dir / "a.jpg", dir / "link.jpg");
  wanted.output = dir / "link.jpg";
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  CHECK_THROWS_AS(check_not_in_use(dir / "a.jpg", plan_image_jobs(request({dir / "a.jpg"}))),
                  Error);
  // The default name of one input is another input.
  write_file(dir / "a.cel.jpg", "x");
  wanted = request({dir / "a.jpg", dir / "a.cel.jpg"});
  wanted.on_exists = OnExists::kOverwrite;
  CHECK(code_of(wanted) == ErrorCode::kUsage);
}

TEST_CASE("a glob that takes in earlier outputs can be run again", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "a.jpg", "x");
  write_file(dir / "a.cel.jpg", "x");
  ImageRequest wanted = request({dir / "a.cel.jpg", dir / "a.jpg"});
  wanted.on_exists = OnExists::kSkip;
  CHECK(plan_image_jobs(wanted)[1].skip);
  wanted.on_exists = OnExists::kRename;
  CHECK(plan_image_jobs(wanted)[1].output_name() == dir / "a.cel-1.jpg");
}

TEST_CASE("an output that is a link is written through it", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "real.png", "old");
  std::filesystem::create_symlink(dir / "real.png", dir / "link.png");
  ImageRequest wanted = request({"a.jpg"});
  wanted.output = dir / "link.png";
  wanted.on_exists = OnExists::kOverwrite;
  CHECK(std::filesystem::path(first_output(wanted)).filename() == "real.png");
}

TEST_CASE("two inputs never write one file", "[pipeline]") {
  ImageRequest wanted = request({"x/a.jpg", "y/a.jpg"});
  wanted.output = "out";
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  wanted.on_exists = OnExists::kRename;
  const std::vector<Job> jobs = plan_image_jobs(wanted);
  CHECK(jobs[0].output_name() == "out/a.cel.jpg");
  CHECK(jobs[1].output_name() == "out/a.cel-1.jpg");
  wanted = request({"a.jpg", "a.png"});
  wanted.format = ImageFormat::kPng;
  CHECK(code_of(wanted) == ErrorCode::kUsage);
}

TEST_CASE("what helps against a collision is for the plan to say", "[pipeline]") {
  Job job;
  job.input = "in/a.jpg";
  job.output = "out/a.png";
  Job other = job;
  other.input = "in/a.png";
  CHECK_THROWS_WITH(check_collisions({job, other}), Contains("--on-exists rename"));
  CHECK_THROWS_WITH(check_collisions({job, other}, "turn it off"),
                    Contains("both in/a.jpg and in/a.png") && EndsWith("(turn it off)"));
}

TEST_CASE("existing outputs follow the policy", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "a.cel.jpg", "old");
  write_file(dir / "a.cel-1.jpg", "old");
  ImageRequest wanted = request({dir / "a.jpg"});
  CHECK(code_of(wanted) == ErrorCode::kOutputExists);
  wanted.on_exists = OnExists::kSkip;
  CHECK(plan_image_jobs(wanted).front().skip);
  wanted.on_exists = OnExists::kOverwrite;
  CHECK(plan_image_jobs(wanted).front().overwrite);
  wanted.on_exists = OnExists::kRename;
  CHECK(first_output(wanted) == dir / "a.cel-2.jpg");
  wanted.on_exists = OnExists::kOverwrite;
  wanted.output = "/dev/null";
  CHECK(code_of(wanted) == ErrorCode::kUsage);
  std::filesystem::create_directory(dir / "folder.png");
  wanted.on_exists = OnExists::kOverwrite;
  wanted.output = dir / "folder.png/";
  CHECK(first_output(wanted) == dir / "folder.png/a.cel.jpg");
}
