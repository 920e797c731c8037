#include "fake_batch.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "pictures.h"

namespace stylize::test {
namespace {

namespace fs = std::filesystem;

constexpr int kByte = 256;

cv::Scalar color_of(int number) {
  const auto [high, low] = std::div(number, kByte);
  return {static_cast<double>(high), static_cast<double>(low), 7.0};
}

int number_of(const Image& image) {
  const auto& color = image.rgb.at<cv::Vec3b>(0, 0);
  return color[0] * kByte + color[1];
}

class FakeStylizer : public Stylizer {
 public:
  explicit FakeStylizer(const FakeSteps& steps) : steps_(steps) {}

  [[nodiscard]] std::unique_ptr<Work> prepare(Image image) const override {
    const int number = number_of(image);
    steps_.prepare(number);
    return std::make_unique<Picture>(number, std::move(image));
  }

  [[nodiscard]] int batch() const override { return steps_.batch; }

  [[nodiscard]] bool fit_together(const Work& left, const Work& right) const override {
    return steps_.fit_together(static_cast<const Picture&>(left).number,
                               static_cast<const Picture&>(right).number);
  }

  void run(Works works) override {
    std::vector<int> numbers;
    for (const Work* work : works) {
      numbers.push_back(static_cast<const Picture&>(*work).number);
    }
    steps_.run(numbers);
  }

  [[nodiscard]] StyledPicture finish(std::unique_ptr<Work> work) const override {
    auto& picture = static_cast<Picture&>(*work);
    steps_.finish(picture.number);
    return std::move(picture.image);
  }

 private:
  struct Picture : Work {
    Picture(int place, Image input) : number(place), image(std::move(input)) {}
    int number;
    Image image;
  };

  const FakeSteps& steps_;
};

std::string name_of(int number) { return std::to_string(number) + ".png"; }

}  // namespace

void Counter::add(int events) {
  {
    const std::lock_guard lock(mutex_);
    events_ += events;
  }
  changed_.notify_all();
}

int Counter::value() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

void Counter::wait_for(int events) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return events_ >= events; });
}

std::unique_ptr<Stylizer> make_fake_stylizer(const FakeSteps& steps) {
  return std::make_unique<FakeStylizer>(steps);
}

NumberedBatch::NumberedBatch(int count, cv::Size size) {
  fs::create_directory(dir.path() / "in");
  for (int number = 0; number < count; ++number) {
    Job job;
    job.id = name_of(number);
    job.output_id = job.id;
    job.input = dir.path() / "in" / job.id;
    job.output = dir.path() / "out" / job.id;
    job.format = ImageFormat::kPng;
    save_picture(job.input.string(), cv::Mat(size, CV_8UC3, color_of(number)));
    jobs.push_back(job);
  }
}

BatchSummary NumberedBatch::run(int networks) {
  std::vector<std::unique_ptr<Stylizer>> stylizers;
  stylizers.reserve(static_cast<std::size_t>(networks));
  for (int i = 0; i < networks; ++i) {
    stylizers.push_back(make_fake_stylizer(steps));
  }
  return run_batch(jobs, stylizers, options, cancellation,
                   {[this](const Job& job) { on_start(std::stoi(job.id)); },
                    [this](const JobResult& result) {
                      results.push_back(result);
                      on_result(result);
                    }});
}

void NumberedBatch::spoil(int number) const {
  write_file(jobs.at(static_cast<std::size_t>(number)).input, "rubbish");
}

int NumberedBatch::reports(int number) const {
  return static_cast<int>(std::count_if(
      results.begin(), results.end(),
      [number](const JobResult& result) { return result.job.id == name_of(number); }));
}

const JobResult& NumberedBatch::result(int number) const {
  const auto found =
      std::find_if(results.begin(), results.end(),
                   [number](const JobResult& result) { return result.job.id == name_of(number); });
  if (found == results.end()) {
    throw std::out_of_range("job " + std::to_string(number) + " was not reported");
  }
  return *found;
}

bool NumberedBatch::is_saved(int number) const {
  const fs::path output = dir.path() / "out" / name_of(number);
  if (!fs::exists(output)) {
    return false;
  }
  Image image;
  image.rgb = load_pixels(output.string());
  return number_of(image) == number;
}

bool NumberedBatch::is_tidy() const {
  std::size_t saved = 0;
  for (const JobResult& result : results) {
    if (result.status == JobStatus::kDone) {
      ++saved;
      if (!is_saved(std::stoi(result.job.id))) {
        return false;
      }
    }
  }
  std::error_code none;
  const fs::recursive_directory_iterator files(dir.path() / "out", none);
  const auto found = none ? 0 : std::count_if(begin(files), end(files), [](const auto& entry) {
    return entry.is_regular_file();
  });
  return saved == static_cast<std::size_t>(found);
}

}  // namespace stylize::test
