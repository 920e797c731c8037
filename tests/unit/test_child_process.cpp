#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "stylize/core/child_process.h"
#include "stylize/core/error.h"

using namespace stylize;

TEST_CASE("a child's exit code and output come back", "[core]") {
  CHECK(run_child({"/bin/sh", "-c", "exit 7"}) == 7);
  const ChildOutput output = capture_child({"/bin/sh", "-c", "printf 'a b\\nc'; exit 3"});
  CHECK(output.code == 3);
  CHECK(output.out == "a b\nc");
}

TEST_CASE("more output than a pipe holds comes back whole", "[core]") {
  const ChildOutput output = capture_child({"/bin/sh", "-c", "yes 0123456 | head -c 1000000"});
  CHECK(output.out.size() == 1000000);
}

TEST_CASE("a death by signal is told as shells tell it", "[core]") {
  CHECK(run_child({"/bin/sh", "-c", "kill -9 $$"}) == 128 + SIGKILL);
}

TEST_CASE("arguments arrive as they are", "[core]") {
  const ChildOutput output = capture_child({"/bin/echo", "-n", "two words", "$HOME", "*"});
  CHECK(output.out == "two words $HOME *");
}

TEST_CASE("a program that is not there is an error that names it", "[core]") {
  CHECK_THROWS_WITH(run_child({"/no/such/program"}), Catch::Contains("/no/such/program"));
  CHECK_THROWS_AS(capture_child({}), Error);
}

TEST_CASE("a signal to the parent ends the child, not the parent", "[core]") {
  // The child signals its parent once it can be ended itself.
  const std::string script = "trap 'exit 42' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";
  CHECK(run_child({"/bin/sh", "-c", script}) == 42);
}

TEST_CASE("a child is waited for even where SIGCHLD is ignored", "[core]") {
  std::signal(SIGCHLD, SIG_IGN);
  const int code = run_child({"/bin/sh", "-c", "exit 5"});
  const ChildOutput output = capture_child({"/bin/sh", "-c", "echo x; exit 6"});
  CHECK(std::signal(SIGCHLD, SIG_DFL) == SIG_IGN);  // as it was
  CHECK(code == 5);
  CHECK(output.code == 6);
}
