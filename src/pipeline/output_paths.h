// Rules that every plan of outputs keeps.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stylize/pipeline/job_planner.h"

namespace stylize {

// One spelling a file, existing or not.
std::string path_identity(const std::filesystem::path& path);

// Whether something has this name, a broken link included.
bool is_taken(const std::filesystem::path& path);

// The ending that the output of `input` gets: that of `format`, else the input's own if we can
// write it, else ".png".
std::string output_ending(const std::filesystem::path& input, std::optional<ImageFormat> format);

// The format that a file's name promises; empty for a name without ending, which leaves it to the
// input's. Throws Error kUsage for an ending that we cannot write or that contradicts `format`.
std::optional<ImageFormat> promised_format(const std::filesystem::path& output,
                                           std::optional<ImageFormat> format);

// A link is written through, to the file it names, instead of being replaced by one.
void follow_links(std::vector<Job>& jobs);

// `wanted` with a number before the ending.
std::filesystem::path numbered_name(const std::filesystem::path& wanted, int number);

// The first of these that neither the disk nor `taken` (identities) has.
std::filesystem::path free_name(const std::filesystem::path& wanted,
                                const std::set<std::string>& taken);

// Throw Error kUsage where an output would replace an input, two jobs would write one file
// (`remedy` is what the plan offers against it), or the output is there and is no regular file.
void check_inputs_survive(const std::vector<Job>& jobs);
void check_collisions(
    const std::vector<Job>& jobs,
    std::string_view remedy = "--on-exists rename numbers them, or use different folders");
void check_replaceable(const std::filesystem::path& output);

}  // namespace stylize
