// Codes of the same faces in the frames of a clip.
#pragma once

#include <span>

#include "stylize/infer/tensor_network.h"
#include "stylize/style/face_anchor.h"

namespace stylize {

// Replaces W+ [N,rows,512] by what their anchors make of them, and moves the anchors on; null ones
// leave a code as it is, and an empty span all of them. StyleGAN's first rows are pose and
// expression (Karras et al. 2019, section 3.1: coarse and middle styles): they follow the frame,
// smoothed a little. The others are colours and texture, which belong to the person: they stay at
// the mean of what was seen, and adapt within about two seconds when the light changes.
void steady_codes(FloatTensor& codes, std::span<FaceAnchor* const> anchors);

}  // namespace stylize
