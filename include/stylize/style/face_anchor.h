// What a style keeps of one face from frame to frame of a clip.
#pragma once

#include <vector>

namespace stylize {

// The face's W+ so far, [rows,512]; empty: nothing was seen yet. Encoders answer the noise of a
// frame with another look of the same person.
struct FaceAnchor {
  std::vector<float> code;
  int seen = 0;  // frames
};

}  // namespace stylize
