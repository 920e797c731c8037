#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

using Make = std::function<void(const std::string&)>;  // writes the file

struct BadModel {
  std::string name;
  Make make;
  std::string reason;
  std::string remedy;
};

constexpr const char* kAgain = "download or copy it again";
constexpr const char* kExport = "export it again";
constexpr const char* kTrust = "use only models from sources you trust";
constexpr const char* kFrames = "is this a model for whole frames?";
constexpr const char* kFine = "def forward(self, x):\n  return x\n";

Make bytes(const std::string& content) {
  return [content](const std::string& path) { write_file(path, content); };
}

Make source(const std::string& methods) {
  return [methods](const std::string& path) { save_model(path, methods, frame_manifest("m")); };
}

Make returns(const std::string& expression) {
  return source("def forward(self, x):\n  return " + expression + "\n");
}

Make description(const std::string& metadata) {
  return [metadata](const std::string& path) { save_model(path, kFine, metadata); };
}

// A model with weights, of which `change` changes the file or its records.
Make changed(const std::function<void(const std::string&)>& change) {
  return [change](const std::string& path) {
    save_weighted_model(path);
    change(path);
  };
}

Make cut_to(double part) {
  return changed([part](const std::string& path) {
    const std::string whole = read_file(path);
    write_file(path,
               whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
  });
}

Make with_record(const std::string& name, const std::string& content) {
  return changed([=](const std::string& path) {
    Records records = read_records(path);
    records.emplace_back(name, content);
    write_records(path, records);
  });
}

Make without_record(const std::string& name) {
  return changed([name](const std::string& path) {
    Records records = read_records(path);
    std::erase_if(records, [&](const auto& record) { return record.first == name; });
    write_records(path, records);
  });
}

Make with_code(const std::string& from, const std::string& to) {
  return changed([=](const std::string& path) {
    edit_record(path, kTinyCode, [&](std::string& code) {
      const std::size_t at = code.find(from);
      REQUIRE(at != std::string::npos);
      code.replace(at, from.size(), to);
    });
  });
}

void make_bomb(const std::string& path) {
  save_weighted_model(path);
  Records records = read_records(path);
  records.emplace_back("extra/zeros", std::string(100U << 20U, '\0'));
  write_records(path, records, 0, true);
}

void make_unsafe_name(const std::string& path) {
  with_record("place/holder", "x")(path);
  patch_file(path, "place/holder", "../../holder");
}

void make_absolute_name(const std::string& path) {
  with_record("holder", "x")(path);
  const std::string stem = std::filesystem::path(path).stem();
  patch_file(path, stem + "/holder", "/" + std::string(stem.size(), 'a') + "holder");
}

// Files of other kinds, damaged and incomplete ones.
std::vector<BadModel> bad_files() {
  return {
      {"empty.pt", bytes(""), "is empty", kAgain},
      {"text.pt", bytes("I am no model"), "no zip archive", "check that it is the right file"},
      {"page.pt", bytes("<!DOCTYPE html><title>Quota exceeded</title>"), "is a web page",
       "fetch the file itself"},
      {"picture.pt", [](const std::string& path) { write_file(path, "\x89PNG\r\n\x1a\n"); },
       "is a picture", "--style takes a model file"},
      {"pickle.pt", bytes("\x80\x02}q"), "is a checkpoint", "models import NAME --from"},
      {"lfs.pt", bytes("version https://git-lfs.github.com/spec/v1\n"), "Git LFS", "git lfs pull"},
      {"zip.pt", bytes(std::string("PK\x05\x06") + std::string(18, '\0')),
       "not a TorchScript model", "check that it is the right file"},
      {"cut25.pt", cut_to(0.25), "damaged or incomplete", kAgain},
      {"cut75.pt", cut_to(0.75), "damaged or incomplete", kAgain},
      {"cut99.pt", cut_to(0.99), "damaged or incomplete", kAgain},
      {"weights.pt", without_record("data/0"), "its weights '0' are missing", "export it again"},
      {"flipped.pt", changed([](const std::string& path) {
         const std::string one("\0\0\x80\x3f", 4);  // a weight of 1.0, then of -1.0
         patch_file(path, one, std::string("\0\0\x80\xbf", 4));
       }),
       "checksum of record 'data/0' is wrong", kAgain},
      {"states.pt", changed([](const std::string& path) {
         Records records = read_records(path);
         std::erase_if(records, [](const auto& record) {
           return record.first != "data.pkl" && record.first != "data/0";
         });
         write_records(path, records);
       }),
       "is a checkpoint", "models import NAME --from"},
      {"newer.pt",
       changed([](const std::string& path) { write_records(path, read_records(path), 99); }),
       "made by a newer PyTorch", "update this program"},
      {"pickled.pt", changed([](const std::string& path) {
         edit_record(path, "data.pkl", [](std::string& pickle) { pickle.resize(40); });
       }),
       "data.pkl is damaged", "export it again"},
  };
}

// A chain of functions, each of which calls the next one once or more.
Make with_calls(int functions, const std::string& body) {
  std::string code;
  for (int i = 0; i < functions; ++i) {
    const std::string next = "__torch__.f" + std::to_string(i + 1);
    code += "def f" + std::to_string(i) + "(x: Tensor) -> Tensor:\n  g = " + next + "\n  return " +
            body + "\n";
  }
  code += "def f" + std::to_string(functions) + "(x: Tensor) -> Tensor:\n  return x\n";
  return changed([=](const std::string& path) {
    edit_record(path, kTinyCode, [&](std::string& whole) {
      whole.replace(whole.find("return "), 7, "return __torch__.f0(x) + ");
      whole += code;
    });
  });
}

// Whole archives that would do harm.
std::vector<BadModel> dangerous_files(const std::string& victim) {
  return {
      {"bomb.pt", make_bomb, "zip bomb", kTrust},
      {"traversal.pt", make_unsafe_name, "unsafe name", kTrust},
      {"absolute.pt", make_absolute_name, "unsafe name", kTrust},
      {"records.pt", changed([](const std::string& path) {
         Records records = read_records(path);
         for (int i = 0; i < 10'001; ++i) {
           records.emplace_back("extra/" + std::to_string(i), "");
         }
         write_records(path, records);
       }),
       "more than the 10000", "is this a model?"},
      {"long.pt", with_record("code/long.py", std::string(9U << 20U, '#')), "larger than the 8 MB",
       "is this a model?"},
      {"tale.pt", description(std::string(2U << 20U, ' ')), "larger than the 1 MB",
       "is this a model?"},
      {"save.pt",
       source("def forward(self, x):\n  torch.save([x], \"" + victim + "\")\n  return x\n"),
       "'save', which writes files", kTrust},
      {"method.pt",
       source("def forward(self, x):\n  return x\n"
              "def other(self, x: Tensor):\n  torch.save([x], \"" +
              victim + "\")\n"),
       "'save', which writes files", kTrust},
      {"map.pt", returns("x + torch.from_file(\"" + victim + "\", True, 3).sum()"),
       "'from_file', which opens files", kTrust},
      {"default.pt",
       with_code("x: Tensor) ->",
                 "x: Tensor,\n    y: NoneType=torch.save([1], \"" + victim + "\")) ->"),
       "'save', which writes files", kTrust},
      {"state.pt",
       source("def forward(self, x):\n  return x\n"
              "def __getstate__(self):\n  return 1\n"
              "def __setstate__(self, state: int):\n  torch.zeros([1])\n"),
       "__setstate__", "export the model without one"},
      {"native.pt",
       with_code("weight : Tensor",
                 "weight : __torch__.torch.classes.quantized.Conv2dPackedParamsBase"),
       "torch.classes.quantized", kTrust},
      {"chain.pt", with_calls(15'000, "g(x)"), "call each other too deeply", "is this a model?"},
      {"laughs.pt", with_calls(40, "g(g(x))"), "more than 2000000 operations", "is this a model?"},
      {"many.pt", with_calls(20'000, "x"), "defines more than 20000", "is this a model?"},
      {"quantized.pt", with_code("torch.conv2d", "ops.quantized.conv2d"), "ops.quantized.conv2d",
       kTrust},
  };
}

// Networks that are not what a style is, or do not work.
std::vector<BadModel> bad_networks() {
  return {
      {"shape.pt", returns("x[:, 0:1]"), "does not return a picture of its input's size", kFrames},
      {"smaller.pt", returns("torch.avg_pool2d(x, 2)"), "does not return a picture", kFrames},
      {"tuple.pt", returns("(x, x)"), "does not return a picture", kFrames},
      {"type.pt", returns("[x]"), "does not return a picture", kFrames},
      {"two.pt", source("def forward(self, x, y):\n  return x + y\n"), "does not take one picture",
       kFrames},
      {"none.pt", source("def backward(self, x):\n  return x\n"), "has no method 'forward'",
       kFrames},
      {"throws.pt", returns("x.view([7, 11, 13])"), "shape '[7, 11, 13]' is invalid", kFrames},
      {"raises.pt",
       source("def forward(self, x):\n  assert x.size(0) == 2, \"two please\"\n"
              "  return x\n"),
       "two please", kFrames},
      {"nan.pt", returns("x / (x - x)"), "no numbers", "the model is broken"},
      {"memory.pt", returns("x + torch.zeros([1 << 42])[0]"), "ran out of memory",
       "cannot be used on this computer"},
      {"petabytes.pt", returns("x + torch.zeros([1 << 52])[0]"), "ran out of memory",
       "cannot be used on this computer"},
      {"syntax.pt", with_code("return", "return return"), "LibTorch cannot load it", kExport},
      {"letter.pt", with_code("return", "return $"), "cannot be read", kExport},
      {"attribute.pt", with_code("scale : float", "scale : str"), "'scale' is not the 'str'",
       kExport},
      {"name.pt", description(R"({"name": "../evil", "family": "animegan"})"), "'name'", ""},
      {"json.pt", description("{oops"), "not valid JSON", ""},
      {"family.pt", description(R"({"name": "m", "family": "cubism"})"), "cubism", ""},
      {"range.pt",
       description(R"({"name": "m", "family": "animegan", "input": {"range": [5, 5]}})"),
       "input.range", ""},
  };
}

void check_refused(const CliFixture& fixture, const std::vector<BadModel>& models) {
  for (const BadModel& bad : models) {
    CAPTURE(bad.name);
    bad.make(fixture.dir / bad.name);
    const std::vector<std::string> before = fixture.dir.names();
    const Finished run = fixture.run_plain({"photo.png", "--style", "./" + bad.name});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, Contains("error: ") && Contains(bad.reason) && Contains(bad.remedy));
    CHECK((bad.name == "family.pt" || run.err.find(bad.name) != std::string::npos));
    CHECK(fixture.dir.names() == before);
  }
}

}  // namespace

TEST_CASE("files that are no whole models are errors that say what they are", "[models]") {
  check_refused(CliFixture(), bad_files());
}

TEST_CASE("models that reach for more than tensors are refused before they run", "[models]") {
  const CliFixture fixture;
  const std::string victim = fixture.dir / "victim";
  check_refused(fixture, dangerous_files(victim));
  CHECK_FALSE(std::filesystem::exists(victim));
}

TEST_CASE("networks that are no styles are refused by what they do", "[models]") {
  check_refused(CliFixture(), bad_networks());
}

TEST_CASE("a checkpoint that was not exported says how to export it", "[models]") {
  const std::string checkpoint = STYLIZE_SHARED_DIR "/weights/animegan2_hayao_int8_dequantized.pt";
  if (!std::filesystem::exists(checkpoint)) {
    WARN("skipped: ../shared is not there");
    return;
  }
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"photo.png", "--style", checkpoint});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("not a TorchScript model") && Contains("scripts/export_"));
}

TEST_CASE("a style that is not there is wrong usage, with what there is", "[models]") {
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"photo.png", "--style", "animegan9"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("animegan9") && Contains("cel") && Contains("--style FILE.pt"));
  const Finished file = fixture.run_plain({"photo.png", "--style", "./nothing.pt"});
  CHECK(file.code == 1);
  CHECK_THAT(file.err, Contains("nothing.pt: no such model file"));
}

TEST_CASE("a model without a description runs by AnimeGANv2's conventions", "[models]") {
  const CliFixture fixture;
  save_model(fixture.dir / "bare.pt", "def forward(self, x):\n  return -x\n", "");
  const Finished run =
      fixture.run_plain({"photo.png", "--style", "bare.pt", "--work-size", "native"});
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("carries no description"));
  CHECK(max_difference(load_pixels(fixture.dir / "photo.bare.png"), fixture.negative) <= 1.0);
}
