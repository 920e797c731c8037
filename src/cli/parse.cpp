#include "parse.h"

#include <algorithm>
#include <iostream>

#include "stylize/core/error.h"

namespace stylize::cli {

bool parse(CLI::App& app, std::vector<std::string> arguments) {
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
