#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli_fixture.h"
#include "src/cli/commands.h"
#include "src/cli/shortcut.h"
#include "stylize/core/child_process.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

using Words = std::vector<std::string>;
using Names = std::set<std::string>;

Names lines_of(const std::string& text) {
  Names lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) {
      lines.insert(line);
    }
  }
  return lines;
}

// A shell at a terminal of its own, as a user sits at it.
class Terminal {
 public:
  explicit Terminal(Words command) {
    std::vector<char*> arguments;
    for (std::string& word : command) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    process_ = ::forkpty(&descriptor_, nullptr, nullptr, nullptr);
    if (process_ == 0) {
      ::execv(arguments.front(), arguments.data());
      ::_exit(127);
    }
    if (process_ < 0) {
      throw std::runtime_error("no terminal can be had");
    }
  }
  ~Terminal() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    ::close(descriptor_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Types, and returns what appears until a line that ends in `sign`.
  std::string type(const std::string& keys, const std::string& sign) {
    if (::write(descriptor_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
      throw std::runtime_error("the shell takes no keys");
    }
    constexpr int kPatienceMs = 120000;  // for a machine that has much else to do
    std::string seen;
    while (seen.find(sign + "\r\n") == std::string::npos) {
      std::array<char, 4096> buffer{};
      pollfd waiting{descriptor_, POLLIN, 0};
      const bool readable = ::poll(&waiting, 1, kPatienceMs) > 0;
      const ssize_t count = readable ? ::read(descriptor_, buffer.data(), buffer.size()) : 0;
      if (count <= 0) {
        throw std::runtime_error("waited for '" + sign + "', seen: " + seen);
      }
      seen.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return seen;
  }

 private:
  int descriptor_ = -1;
  pid_t process_ = -1;
};

// The path of a shell; empty, and said, when it is not installed.
std::string find_shell(const std::string& name) {
  std::string path = capture_child({"/bin/sh", "-c", "command -v " + name}).out;
  if (path.empty()) {
    WARN(name << " is not installed: its completion was not run");
  }
  return path.substr(0, path.find('\n'));
}

// A folder with pictures to complete, and a shell's script.
struct CompletionFixture {
  TempDir dir;
  std::string program = STYLIZE_BINARY;
  std::string script = dir / "script";

  explicit CompletionFixture(const std::string& shell) {
    write_file(script, run_stylize({"completion", shell}).out);
    std::filesystem::create_directories(dir / "work/my pictures");
    std::filesystem::create_directories(dir / "work/models");
    for (const char* name : {"my photo.jpg", "imagine.jpg", "own.pt"}) {
      write_file(dir / "work/" + name, "");
    }
  }

  // `command` in the folder of the pictures, with nothing of the user's.
  [[nodiscard]] Words in_folder(const Words& command) const {
    const std::string folder = std::filesystem::path(program).parent_path().string();
    Words all{"/usr/bin/env",
              "--chdir=" + (dir / "work"),
              "--unset=STYLIZE_MODELS_DIR",
              "HOME=" + dir.path().string(),
              "XDG_DATA_HOME=" + (dir / "data"),
              "TERM=dumb",
              "INPUTRC=/dev/null",
              "HISTFILE=",
              "PATH=" + folder + ":/usr/bin:/bin"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }

  // What bash offers for the last of `words`.
  [[nodiscard]] Names bash_offers(const Words& words) const {
    const std::string ask = "source '" + script +
                            "'; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
                            "_stylize \"$1\" \"${@: -1}\" \"${COMP_WORDS[COMP_CWORD - 1]}\";"
                            "printf '%s\\n' \"${COMPREPLY[@]}\"";
    Words command{"/bin/bash", "--norc", "-c", ask, "bash", program};
    command.insert(command.end(), words.begin(), words.end());
    return lines_of(capture_child(in_folder(command)).out);
  }

  // What fish offers at the end of this line, without the explanations.
  [[nodiscard]] Names fish_offers(const std::string& fish, const std::string& line) const {
    const std::string ask = "source " + script + "; complete -C '" + line + "'";
    Names offers;
    for (const std::string& offer :
         lines_of(capture_child(in_folder({fish, "--no-config", "-c", ask})).out)) {
      offers.insert(offer.substr(0, offer.find('\t')));
    }
    return offers;
  }
};

// A command and what --help shows of its options.
struct Place {
  Words path;
  Names options;
};

Names visible_options(const CLI::App& app) {
  Names names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) {
      continue;
    }
    for (const std::string& name : option->get_snames()) {
      names.insert("-" + name);
    }
    for (const std::string& name : option->get_lnames()) {
      names.insert("--" + name);
    }
  }
  return names;
}

// Every command and subcommand.
std::vector<Place> places() {
  std::vector<Place> all{{{}, visible_options(*cli::shortcut_command().app)}};
  for (const cli::CommandEntry& entry : cli::commands()) {
    const cli::DeclaredCommand command = entry.make();
    const std::string name(entry.name);
    all.push_back({{name}, visible_options(*command.app)});
    for (const CLI::App* below : command.app->get_subcommands([](CLI::App*) { return true; })) {
      Names options = visible_options(*below);
      options.merge(visible_options(*command.app));
      all.push_back({{name, below->get_name()}, options});
    }
  }
  return all;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) {
    text += word + " ";
  }
  return text;
}

// Shells end their answers differently: what matters is what the command line became.
const char* const kShow = "show() { printf '<%s>' \"$@\"; echo; }";

}  // namespace

TEST_CASE("bash offers commands and, with them, files", "[completion]") {
  const CompletionFixture fixture("bash");
  Names commands;
  for (const cli::CommandEntry& entry : cli::commands()) {
    commands.emplace(entry.name);
  }
  Names expected = commands;
  expected.merge(Names{"my\\ photo.jpg", "my\\ pictures/", "models/", "imagine.jpg", "own.pt"});
  CHECK(fixture.bash_offers({""}) == expected);
  CHECK(fixture.bash_offers({"ima"}) == Names{"image", "imagine.jpg"});
  CHECK(fixture.bash_offers({"dis"}).empty());
  CHECK(fixture.bash_offers({"photo.jpg", "fol"}).empty());  // a command comes first
  CHECK(fixture.bash_offers({"models", "p"}) == Names{"path", "pull"});
  CHECK(fixture.bash_offers({"models", "--offline", "in"}) == Names{"info"});
  CHECK(fixture.bash_offers({"completion", ""}) == Names{"bash", "zsh", "fish"});
}

TEST_CASE("bash offers every option of every command and no other", "[completion]") {
  const CompletionFixture fixture("bash");
  std::size_t count = 0;
  for (const Place& place : places()) {
    INFO("stylize " << joined(place.path));
    Words words = place.path;
    words.emplace_back("-");
    CHECK(fixture.bash_offers(words) == place.options);
    count += place.options.size();
  }
  CHECK(count > 100);
}

TEST_CASE("bash offers values", "[completion]") {
  const CompletionFixture fixture("bash");
  const Names on_exists{"error", "skip", "overwrite", "rename"};
  CHECK(fixture.bash_offers({"folder", "--on-exists", ""}) == on_exists);
  CHECK(fixture.bash_offers({"folder", "--on-exists", "="}) == on_exists);
  CHECK(fixture.bash_offers({"folder", "--on-exists", "=", "re"}) == Names{"rename"});
  CHECK(fixture.bash_offers({"image", "--on-no-face", ""}) ==
        Names{"whole", "copy", "skip", "fail"});
  CHECK(fixture.bash_offers({"align", "--on-no-face", ""}) == Names{"skip", "fail"});
  CHECK(fixture.bash_offers({"doctor", "--device", "c"}) == Names{"cpu", "cuda"});
  CHECK(fixture.bash_offers({"folder", "--strength", ""}).empty());
}

TEST_CASE("bash offers styles by name", "[completion]") {
  const CompletionFixture fixture("bash");
  CHECK(fixture.bash_offers({"photo.jpg", "-s", "ce"}) == Names{"cel", "celeba_distill"});
  CHECK(fixture.bash_offers({"folder", "--style", "=", "animeg"}) == Names{"animegan2"});
  CHECK(fixture.bash_offers({"models", "pull", "papr"}) == Names{"paprika"});
  // Parts of styles can be pulled, but not drawn in.
  CHECK(fixture.bash_offers({"models", "info", "landm"}) == Names{"landmarks"});
  CHECK(fixture.bash_offers({"bench", "-s", "landm"}).empty());
}

TEST_CASE("bash completes as typed, names with spaces among it", "[completion]") {
  const CompletionFixture fixture("bash");
  Terminal bash(fixture.in_folder({"/bin/bash", "--norc", "--noprofile", "-i"}));
  bash.type("source '" + fixture.script + "'; " + kShow +
                "; complete -F _stylize show; complete -p stylize; echo rea\"\"dy\n",
            "ready");
  bash.type("show ph\\y\n", "<phy>");
  CHECK_THAT(bash.type("show my\\ ph\t\n", ">"), Contains("<my photo.jpg>"));
  CHECK_THAT(bash.type("show \"my ph\t\n", ">"), Contains("<my photo.jpg>"));
  CHECK_THAT(bash.type("show folder my\t\n", ">"), Contains("<folder><my pictures/>"));
  CHECK_THAT(bash.type("show image own\t -o my\\ p\t\n", ">"),
             Contains("<image><own.pt><-o><my p>"));  // two go on like this
  CHECK_THAT(bash.type("show folder --on-exists=re\t\n", ">"),
             Contains("<folder><--on-exists=rename>"));
  CHECK_THAT(bash.type("show models pul\t -\n", ">"), Contains("<models><pull><->"));
  CHECK_THAT(bash.type("show -s ow\t\n", ">"), Contains("<-s><own.pt>"));
  CHECK_THAT(bash.type("complete -p stylize; echo do\"\"ne\n", "done"),
             Contains("complete -F _stylize stylize"));
}

TEST_CASE("zsh completes as typed", "[completion]") {
  const std::string zsh = find_shell("zsh");
  if (zsh.empty()) {
    return;
  }
  const CompletionFixture fixture("zsh");
  CHECK(capture_child({zsh, "-f", "-n", fixture.script}).code == 0);
  Terminal terminal(fixture.in_folder({zsh, "-f", "-i"}));
  terminal.type("autoload -U compinit; compinit -u -D; source '" + fixture.script + "'; " + kShow +
                    "; compdef _stylize show; echo rea\"\"dy\n",
                "ready");
  CHECK_THAT(terminal.type("show my\\ ph\t\n", ">"), Contains("<my photo.jpg>"));
  CHECK_THAT(terminal.type("show folder my\t\n", ">"), Contains("<folder><my pictures"));
  CHECK_THAT(terminal.type("show folder --on-ex\tre\t\n", ">"),
             Contains("<folder><--on-exists=rename>"));
  CHECK_THAT(terminal.type("show models pul\t--all-m\t\n", ">"),
             Contains("<models><pull><--all-missing>"));
  // With the name of the program itself, which is asked for its styles.
  CHECK_THAT(terminal.type("stylize -s papr\t--no-such; echo \"<$?>\"\n", "<2>"),
             Contains("paprika"));
}

TEST_CASE("the zsh script has every option of every command", "[completion]") {
  const CompletionFixture fixture("zsh");
  const std::string script = read_file(fixture.script);
  for (const Place& place : places()) {
    std::string function = place.path.empty() ? "\n_stylize_options" : "\n_stylize_at";
    for (const std::string& word : place.path) {
      function += "_" + word;
    }
    const std::size_t start = script.find(function + "() {\n");
    REQUIRE(start != std::string::npos);
    const std::string body = script.substr(start, script.find("\n}\n", start) - start);
    for (const std::string& option : place.options) {
      INFO("stylize " << joined(place.path) << option);
      const bool alone = body.find("'(" + option + ")'" + option) != std::string::npos;
      const bool repeatable = body.find("'*'" + option) != std::string::npos;
      const bool first = body.find("{" + option) != std::string::npos;
      const bool second = body.find("," + option) != std::string::npos;
      CHECK((alone || repeatable || first || second));
    }
  }
}

TEST_CASE("fish offers commands, options, values and styles", "[completion]") {
  const std::string fish = find_shell("fish");
  if (fish.empty()) {
    return;
  }
  const CompletionFixture fixture("fish");
  CHECK(capture_child(fixture.in_folder({fish, "-n", fixture.script})).code == 0);
  for (const Place& place : places()) {
    Names options;
    for (const std::string& offer :
         fixture.fish_offers(fish, "stylize " + joined(place.path) + "-")) {
      if (offer.front() == '-') {
        options.insert(offer);
      }
    }
    INFO("stylize " << joined(place.path));
    CHECK(options == place.options);
  }
  CHECK(fixture.fish_offers(fish, "stylize ima") == Names{"image", "imagine.jpg"});
  CHECK(fixture.fish_offers(fish, "stylize folder m") == Names{"models/", "my pictures/"});
  CHECK(fixture.fish_offers(fish, "stylize folder --on-exists ") ==
        Names{"error", "skip", "overwrite", "rename"});
  CHECK(fixture.fish_offers(fish, "stylize photo.jpg -s papr") == Names{"paprika"});
  CHECK(fixture.fish_offers(fish, "stylize models --offline pull papr") == Names{"paprika"});
  CHECK(fixture.fish_offers(fish, "stylize models info landm").contains("landmarks"));
  CHECK_FALSE(fixture.fish_offers(fish, "stylize bench -s landm").contains("landmarks"));
}

TEST_CASE("completion is a command with a page of its own", "[completion]") {
  const CliFixture fixture;
  CHECK_THAT(fixture.run_plain({"--help"}).out, Contains("\n  stylize completion SHELL "));
  CHECK_THAT(fixture.run_plain({"completion", "--help"}).out,
             Contains("source <(stylize completion bash)") && !Contains("--names"));
  const Finished unknown = fixture.run_plain({"completion", "tcsh"});
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, Contains("tcsh") && Contains("bash"));
  CHECK(fixture.run_plain({"completion"}).code == 2);
}

TEST_CASE("names that a shell would have to quote are not offered", "[completion]") {
  const CliFixture fixture;
  std::filesystem::create_directories(fixture.dir / "data/stylize/models");
  std::string manifest = frame_manifest("odd");
  manifest.insert(1, R"("file": "odd.pt", "aliases": ["plain", "`touch gone`", "two words"], )"
                     R"("description": "one two three", )");
  write_file(fixture.dir / "data/stylize/models/odd.json", manifest);
  const Names names = lines_of(fixture.run_plain({"completion", "--names", "styles"}).out);
  CHECK(names.contains("odd\tone two three"));
  CHECK(names.contains("plain\tone two three"));
  for (const std::string& name : names) {
    CHECK_THAT(name, !Contains("touch") && !Contains("two words"));
  }
}
