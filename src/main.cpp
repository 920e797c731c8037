#include "stylize/cli/app.h"
#include "stylize/infer/allocator.h"

int main(int argc, char** argv) {
  // Before any thread or allocation of size: the thresholds hold only for what comes after.
  stylize::tune_allocator();
  return stylize::cli::run(argc, argv);
}
