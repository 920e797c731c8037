#include "stylize/cli/app.h"

int main(int argc, char** argv) { return stylize::cli::run(argc, argv); }
