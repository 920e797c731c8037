#include "commands.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

#include "cmd_align.h"
#include "cmd_bench.h"
#include "cmd_completion.h"
#include "cmd_doctor.h"
#include "cmd_folder.h"
#include "cmd_image.h"
#include "cmd_models.h"
#include "cmd_video.h"

namespace stylize::cli {
namespace {

constexpr std::array kCommands{
    CommandEntry{"image", "INPUT...", "image files, the same as without a command", image_command},
    CommandEntry{"folder", "DIR", "every picture of a folder; goes on where it stopped",
                 folder_command},
    CommandEntry{"video", "INPUT...", "a video, with its sound, subtitles and timing",
                 video_command},
    CommandEntry{"align", "INPUT...", "faces cut out as files, and edited ones put back",
                 align_command},
    CommandEntry{"models", "...", "list, download, check styles: what may be used for what",
                 models_command},
    CommandEntry{"doctor", "", "what works on this machine, and what to do about what does not",
                 doctor_command},
    CommandEntry{"bench", "", "speed and memory of a style on this machine", bench_command},
    CommandEntry{"completion", "SHELL", "what makes the Tab key complete in bash, zsh or fish",
                 completion_command},
};

}  // namespace

std::span<const CommandEntry> commands() { return kCommands; }

const CommandEntry* find_command(std::string_view name) {
  const auto* const entry =
      std::find_if(kCommands.begin(), kCommands.end(),
                   [name](const CommandEntry& command) { return command.name == name; });
  return entry == kCommands.end() ? nullptr : entry;
}

std::string command_list() {
  std::string list;
  for (const CommandEntry& command : kCommands) {
    list += fmt::format("  stylize {:<18} {}\n",
                        fmt::format("{} {}", command.name, command.arguments), command.summary);
  }
  return list;
}

}  // namespace stylize::cli
