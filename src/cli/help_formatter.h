// How --help looks.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace stylize::cli {

// What stands for an option's value in the help: FILE. Empty for flags.
std::string value_name(const CLI::Option& option);

// Two columns, wrapped to the width of a terminal; only names a user types, no validators' jargon.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override;
};

}  // namespace stylize::cli
