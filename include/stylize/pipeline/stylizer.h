// What a batch does with each picture, in three steps that different threads can take.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stylize/face/face.h"
#include "stylize/media/image.h"

namespace stylize {

// What became of a decoded picture.
struct StyledPicture {
  enum class Kind {
    kStyled,
    kUnchanged,  // the input is written as it is, its very bytes if the format stays
    kNothing,    // nothing is written
  };
  StyledPicture(Image picture) : image(std::move(picture)) {}  // NOLINT: a picture, styled

  Kind kind = Kind::kStyled;
  Image image;
  std::vector<Face> faces = {};
  double detect_ms = 0.0;
  std::string note = {};  // why it was not styled
};

// All that drawing the next picture needs to know of those before it; empty: nothing.
using StyleMemory = std::function<std::vector<std::byte>()>;

// A style with everything that was asked of it. While the network draws one picture, others are
// prepared and finished: only run() needs the device.
class Stylizer {
 public:
  // A picture between the steps; each stylizer derives its own.
  class Work {
   public:
    Work() = default;
    virtual ~Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    // Where in its clip the picture is, 0..1; for run(), where a style moves with the time.
    double position = 0.0;
    // Set by run() where pictures depend on those before them, for recall(). Any thread may call
    // it, also when the work is gone.
    StyleMemory memory;
  };
  using Works = std::span<Work* const>;

  Stylizer() = default;
  virtual ~Stylizer() = default;
  Stylizer(const Stylizer&) = delete;
  Stylizer& operator=(const Stylizer&) = delete;

  // All that comes before the network. Thread safe. Throws Error.
  [[nodiscard]] virtual std::unique_ptr<Work> prepare(Image image) const = 0;

  // How many pictures a run takes at best; more than 1 only where that is faster.
  [[nodiscard]] virtual int batch() const { return 1; }

  // Whether both can be drawn in one run. Thread safe.
  [[nodiscard]] virtual bool fit_together(const Work& /*left*/, const Work& /*right*/) const {
    return false;
  }

  // Draws 1 to batch() pictures that fit together. One call at a time. Throws Error, after which
  // each of them can be run again, alone.
  virtual void run(Works works) = 0;

  // Before the first picture of a clip: goes on as if the one whose Work::memory these are had just
  // been drawn; empty: nothing was drawn yet. Throws Error kInputCorrupt for other bytes.
  virtual void recall(std::span<const std::byte> /*memory*/) {}

  // All that comes after the network. Thread safe. Throws Error.
  [[nodiscard]] virtual StyledPicture finish(std::unique_ptr<Work> work) const = 0;
};

// All three steps, one after the other.
StyledPicture stylize_one(Stylizer& stylizer, Image image);

// A stylizer that does everything in its run(), one picture at a time.
using StylizeFunction = std::function<StyledPicture(Image)>;
std::unique_ptr<Stylizer> make_stylizer(StylizeFunction function);

}  // namespace stylize
