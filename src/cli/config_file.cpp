#include "config_file.h"

#include <algorithm>
#include <cstdlib>
#include <istream>
#include <memory>
#include <string>
#include <vector>

namespace stylize::cli {
namespace {

// CLI11 lets the file win over the environment; this drops from the file what the environment sets.
class EnvironmentFirst : public CLI::ConfigTOML {
 public:
  explicit EnvironmentFirst(const CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> kept = CLI::ConfigTOML::from_config(input);
    kept.erase(std::remove_if(kept.begin(), kept.end(),
                              [this](const CLI::ConfigItem& item) { return in_environment(item); }),
               kept.end());
    return kept;
  }

 private:
  [[nodiscard]] bool in_environment(const CLI::ConfigItem& item) const {
    const CLI::Option* option = app_.get_option_no_throw("--" + item.name);
    if (option == nullptr || option->get_envname().empty()) {
      return false;
    }
    const char* value = std::getenv(option->get_envname().c_str());
    return value != nullptr && *value != '\0';
  }

  const CLI::App& app_;
};

}  // namespace

void add_config_option(CLI::App& app, bool accept_unknown) {
  app.set_config("--config", "", "Read options from a TOML file, e.g. style = \"cel\"")
      ->check(CLI::ExistingFile)
      ->type_name("FILE")
      ->group("Running");
  app.config_formatter(std::make_shared<EnvironmentFirst>(app));
  // ignore_all concerns the file alone; CLI11's allow_config_extras(true) would let unknown words
  // on the command line pass, too.
  app.allow_config_extras(accept_unknown ? CLI::config_extras_mode::ignore_all
                                         : CLI::config_extras_mode::error);
}

}  // namespace stylize::cli
