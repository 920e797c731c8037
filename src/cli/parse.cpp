#include "parse.h"

#include <algorithm>
#include <iostream>
#include <memory>

#include "help_formatter.h"
#include "stylize/core/error.h"

namespace stylize::cli {

bool parse(CLI::App& app, std::vector<std::string> arguments) {
  const auto formatter = std::make_shared<HelpFormatter>();
  app.formatter(formatter);
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->formatter(formatter);
  }
  // CLI11 takes [a,b] for a list; such a file name is one word.
  for (std::string& argument : arguments) {
    if (argument.rfind('[', 0) == 0) {
      argument.insert(0, "./");
    }
  }
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
    return true;
  } catch (const CLI::Success& success) {  // --help, --version
    app.exit(success, std::cout, std::cout);
    std::cout.flush();
    return false;
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorCode::kUsage, {}, error.what(), "see " + app.get_name() + " --help");
  }
}

}  // namespace stylize::cli
