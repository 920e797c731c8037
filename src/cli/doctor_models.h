// What `stylize doctor` looks at around styles: folders, files, tools, and whether they draw.
#pragma once

#include "doctor_machine.h"
#include "doctor_report.h"
#include "stylize/style/registry.h"

namespace stylize::cli {

// dlib's file of facial landmarks.
void check_landmarks(Section& section, const DoctorOptions& options);

// The Python that gets and exports models.
void check_python(Section& section);

// The folders searched, and whether new models could be put into the user's own.
void check_model_folders(Section& section, const DoctorOptions& options);

// Every style that is here: file, hash, licence. Returns those that are whole.
std::vector<RegisteredStyle> check_styles(Section& section, const Registry& registry);

// Draws a small picture with one style of each family.
void check_drawing(Section& section, const std::vector<RegisteredStyle>& styles,
                   const ComputeFound& compute);

}  // namespace stylize::cli
