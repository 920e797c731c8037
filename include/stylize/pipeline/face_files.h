// Faces of a photo as files that other programs can edit, and the way back.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stylize/face/face_mask.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/image.h"
#include "stylize/pipeline/face_record.h"
#include "stylize/pipeline/face_stylizer.h"

namespace stylize {

struct AlignOptions {
  std::filesystem::path folder;  // for all that is written; made if missing
  AlignmentVariant variant = AlignmentVariant::kJojogan;
  int size = 1024;                // of the crops, 1..kLargestCrop
  std::optional<int> most_faces;  // so many at most, the largest first; empty: all
  bool draw = false;              // also a picture with boxes, landmarks and squares
  Overwrite overwrite = Overwrite::kNo;
};

struct AlignedFiles {
  FaceRecord record;                  // without faces: nothing was written
  std::filesystem::path record_file;  // empty without faces
};

// `<folder>/<stem of input>.faces.json`, beside which the crops lie.
std::filesystem::path face_record_path(const std::filesystem::path& folder,
                                       const std::filesystem::path& input);

// One record a photo. Throws Error kUsage where two photos would share one or the record or a
// picture beside it would replace a photo, kOutputExists. Touches nothing.
void check_align_outputs(const std::vector<std::filesystem::path>& inputs,
                         const AlignOptions& options);

// Cuts every face of a photo out into `<stem>.face1.png` and so on, the largest first, sRGB; then
// writes the record, last of all. None of the files replaces one of `inputs`. Throws what reading,
// finding and writing throw.
AlignedFiles align_to_files(const std::filesystem::path& input,
                            const std::vector<std::filesystem::path>& inputs,
                            const FindFaces& find_faces, const AlignOptions& options);

// Throws Error kInputMissing, and what parse_face_record throws.
FaceRecord read_face_record(const std::filesystem::path& file);

// The crops' paths, in the record's order.
std::vector<std::filesystem::path> crop_paths(const FaceRecord& record,
                                              const std::filesystem::path& record_file);

// Puts those crops that are no longer as they were cut out of `image` back into it, whatever size
// they have now; what they show as transparent stays the photo's. Returns the names of the crops;
// without any the image is untouched. Throws Error kInputUnsupported for a crop that is not square,
// kInputCorrupt where record and photo do not belong together, and what reading throws.
std::vector<std::string> paste_edited_crops(Image& image, const FaceRecord& record,
                                            const std::filesystem::path& record_file,
                                            MaskShape mask);

}  // namespace stylize
