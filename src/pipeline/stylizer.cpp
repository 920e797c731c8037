#include "stylize/pipeline/stylizer.h"

#include <array>
#include <optional>

namespace stylize {
namespace {

class FunctionStylizer : public Stylizer {
 public:
  explicit FunctionStylizer(StylizeFunction function) : function_(std::move(function)) {}

  [[nodiscard]] std::unique_ptr<Work> prepare(Image image) const override {
    return std::make_unique<Picture>(std::move(image));
  }

  void run(Works works) override {
    for (Work* work : works) {
      auto& picture = static_cast<Picture&>(*work);
      picture.styled = function_(picture.image);
    }
  }

  [[nodiscard]] StyledPicture finish(std::unique_ptr<Work> work) const override {
    return std::move(static_cast<Picture&>(*work).styled).value();
  }

 private:
  struct Picture : Work {
    explicit Picture(Image input) : image(std::move(input)) {}
    Image image;
    std::optional<StyledPicture> styled;
  };

  StylizeFunction function_;
};

}  // namespace

StyledPicture stylize_one(Stylizer& stylizer, Image image) {
  std::unique_ptr<Stylizer::Work> work = stylizer.prepare(std::move(image));
  const std::array<Stylizer::Work*, 1> works{work.get()};
  stylizer.run(works);
  return stylizer.finish(std::move(work));
}

std::unique_ptr<Stylizer> make_stylizer(StylizeFunction function) {
  return std::make_unique<FunctionStylizer>(std::move(function));
}

}  // namespace stylize
