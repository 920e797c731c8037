#include "image_options.h"

namespace stylize::cli {
namespace {

void add_file_options(CLI::App& app, ImageOptions& options) {
  app.add_option("INPUT", options.inputs,
                 "Image files (JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF); - is standard input")
      ->required()
      ->type_name("")
      ->group(kFilesGroup);
  app.add_option("-o,--output", options.output,
                 "File, or folder (made if missing), or - for standard output; default: beside "
                 "the input as <name>.<style>.<ending>")
      ->check([](const std::string& path) { return std::string(path.empty() ? "is empty" : ""); })
      ->type_name("PATH")
      ->group(kFilesGroup);
  add_encoding_options(app, options);
  add_exists_options(app, options);
}

}  // namespace

void add_image_options(CLI::App& app, ImageOptions& options) {
  add_file_options(app, options);
  add_picture_options(app, options);
}

ImageRequest image_request(const ImageOptions& options, const std::string& style_name) {
  ImageRequest request;
  request.inputs = options.inputs;
  request.style = style_name;
  request.on_exists = on_exists(options);
  request.format = output_format(options);
  if (!options.output.empty()) {
    request.output = options.output;
  }
  return request;
}

}  // namespace stylize::cli
