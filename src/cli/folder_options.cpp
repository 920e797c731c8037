#include "folder_options.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "stylize/core/error.h"

namespace stylize::cli {
namespace {

std::vector<std::string> read_list(const std::string& file) {
  if (file == "-") {
    return read_path_list(std::cin);
  }
  std::ifstream text(file, std::ios::binary);
  if (!text) {
    throw Error(ErrorCode::kInputMissing, "--from-list " + file, "cannot be read");
  }
  return read_path_list(text);
}

void check_is_folder(const std::string& folder) {
  std::error_code ignored;  // what is not there is said where it is read
  const std::filesystem::file_status status = std::filesystem::status(folder, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
    throw Error(ErrorCode::kUsage, folder, "is a file, not a folder",
                "stylize image takes single pictures");
  }
}

}  // namespace

void add_folder_flags(CLI::App& app, FolderFlags& flags, const std::string& group) {
  app.add_option(
         "--include", flags.include,
         "Only files that match, e.g. '*.jpg' (the name) or '2024/*' (the path); upper and lower "
         "case differ; repeatable")
      ->type_name("GLOB")
      ->group(group);
  app.add_option("--exclude", flags.exclude,
                 "Leave out files and folders that match, as with --include; repeatable")
      ->type_name("GLOB")
      ->group(group);
  app.add_option("--from-list", flags.from_list,
                 "Only the files that this file, or - for standard input, names, one a line")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--pattern", flags.pattern,
                 "Names of the outputs, of {stem}, {ext}, {name} (stem and ending) and {style}")
      ->type_name("PATTERN")
      ->group(group)
      ->capture_default_str();
  app.add_flag("--copy-others", flags.copy_others, "Copy files that are no pictures")->group(group);
  app.add_flag("--force", flags.force, "Do again what earlier runs have done")->group(group);
  app.add_option("--shard", flags.shard,
                 "Only this part of the files, from 1/N to N/N; auto: from a Slurm array or a "
                 "Kubernetes Indexed Job")
      ->check(suggests({"auto"}))
      ->type_name("I/N|auto")
      ->group(group);
  app.add_option("--gallery", flags.gallery,
                 "Also write a page that shows every picture before and after")
      ->type_name("FILE.html")
      ->group(group);
}

void add_folder_options(CLI::App& app, FolderOptions& options) {
  CLI::Option* folder = app.add_option("DIR", options.folder, "Folder with everything below it")
                            ->type_name("")
                            ->group(kFilesGroup);
  app.add_option("-o,--output", options.output,
                 "Folder for the results (made if missing), with the same tree inside; default: "
                 "DIR.<style> beside DIR")
      ->type_name("OUTDIR")
      ->group(kFilesGroup);
  add_folder_flags(app, options.flags, kFilesGroup);
  add_encoding_options(app, options);
  add_exists_options(app, options);
  add_picture_options(app, options);
  app.add_option("--merge-reports", options.merge_reports,
                 "Join the reports of all shards, FILE.1-of-N and so on, into FILE, and do nothing "
                 "else")
      ->excludes(folder)
      ->type_name("FILE")
      ->group(kMessagesGroup);
}

FolderRequest folder_request(const FolderOptions& options, const std::string& style_name) {
  FolderRequest request;
  const FolderFlags& flags = options.flags;
  request.folder = options.folder;
  if (!flags.from_list.empty()) {
    if (options.folder.empty()) {
      request.folder = ".";
    }
    if (options.folder.empty() && options.output.empty()) {
      throw Error(ErrorCode::kUsage, "--from-list", "needs -o OUTDIR, or the folder of the files");
    }
    request.list = read_list(flags.from_list);
  } else if (options.folder.empty()) {
    throw Error(ErrorCode::kUsage, {}, "no folder is named", "see stylize folder --help");
  }
  check_is_folder(request.folder.string());
  request.output = options.output;
  request.style = style_name;
  request.pattern = flags.pattern;
  request.format = output_format(options);
  request.filter = {flags.include, flags.exclude};
  request.on_exists = on_exists(options);
  request.copy_others = flags.copy_others;
  if (!flags.shard.empty()) {
    request.shard = parse_shard(flags.shard, process_environment);
  }
  return request;
}

}  // namespace stylize::cli
