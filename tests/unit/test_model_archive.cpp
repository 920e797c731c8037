#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <vector>

#include "src/infer/model_archive.h"
#include "src/infer/operator_policy.h"
#include "src/infer/pickle_check.h"
#include "src/infer/script_check.h"
#include "stylize/core/error.h"
#include "stylize/infer/frame_network.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kModelInvalid);
    return error.what();
  }
  return "no error";
}

std::string script_message(const std::string& body) {
  return message_of(
      [&] { (void)check_script("def f(self, x):\n  " + body + "\n", "code/m.py", "m.pt"); });
}

// `body` between a pickle's beginning and its end. One record of 8 bytes named "0".
std::string pickle_message(const std::string& body) {
  const RecordSize size = [](std::string_view name) {
    return name == "0" ? std::optional<std::uint64_t>(8) : std::nullopt;
  };
  return message_of([&] { check_pickle("\x80\x02" + body + ".", size, "data.pkl", "m.pt"); });
}

std::string text(const std::string& value) {
  return "X" + std::string{static_cast<char>(value.size()), 0, 0, 0} + value;
}

// ("storage", type, key, "cpu", elements) as a storage.
std::string storage(const std::string& key, char elements, const std::string& type = "Float") {
  return "(" + text("storage") + "ctorch\n" + type + "Storage\n" + text(key) + text("cpu") + "K" +
         elements + "tQ";
}

// A tensor of `storage` with one dimension.
std::string tensor(const std::string& storage, char offset, char size, char stride) {
  return std::string("ctorch._utils\n_rebuild_tensor_v2\n(") + storage + "K" + offset + "K" + size +
         "\x85K" + stride + "\x85tR";
}

// Some bytes changed, taken out or put in.
std::string damaged(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (std::size_t count = 1 + below(3); count > 0; --count) {
    const std::size_t at = below(bytes.size());
    switch (below(4)) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes.erase(at, 1 + below(8)); break;
      case 2: bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(16))); break;
      default: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
    }
  }
  return bytes;
}

// A model that is refused, or whose answer is right.
void check_survives(const std::string& path) {
  const std::vector<float> input(192, 0.25F);  // 8 x 8 pixels
  std::vector<float> output(input.size());
  try {
    FrameNetwork network(path, kCpu, Precision::kFp32);
    network.run(input, 1, 8, 8, output);
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Contains(path) || Contains("memory"));
  }
}

}  // namespace

TEST_CASE("archives as LibTorch writes them pass", "[infer]") {
  const TempDir dir;
  save_negative_model(dir / "m.pt");
  CHECK(open_checked_archive(dir / "m.pt") != nullptr);
  write_records(dir / "packed.pt", read_records(dir / "m.pt"), 0, true);
  CHECK(open_checked_archive(dir / "packed.pt") != nullptr);
  CHECK(open_checked_archive(STYLIZE_SOURCE_DIR "/models/cel.pt") != nullptr);
}

TEST_CASE("every byte of a model counts", "[infer]") {
  const TempDir dir;
  save_negative_model(dir / "m.pt");
  const std::string whole = read_file(dir / "m.pt");
  const std::size_t at = whole.find("return");  // stored or packed, some record is hit
  std::string changed = whole;
  changed[at == std::string::npos ? whole.size() / 2 : at] ^= 1;
  write_file(dir / "changed.pt", changed);
  CHECK_THAT(message_of([&] { open_checked_archive(dir / "changed.pt"); }), Contains("damaged"));
}

TEST_CASE("code that reaches beyond tensors is refused however it is written", "[infer]") {
  CHECK(script_message("return torch.relu(x)") == "no error");
  CHECK(script_message("return getattr(self, \"0\")") == "no error");
  CHECK(script_message("return ops.prim.RaiseException(\"save\")") == "no error");
  CHECK(script_message("_0 = __torch__.torch.nn.functional.relu") == "no error");
  CHECK(script_message("return self.classes # torch.save") == "no error");
  for (const char* body :
       {"torch.save(x, \"f\")", "x.save(\"f\")", "torch . \\\n  save(x, \"f\")",
        R"(getattr(torch, "save")(x, "f"))", R"(getattr(torch, "sa" "ve")(x, "f"))",
        R"(getattr(torch, "\x73ave")(x, "f"))", R"(getattr(torch, """save""")(x, "f"))",
        "g = getattr", "o = ops", "(ops).inductor.f(x)", "torch.from_file(\"f\")",
        "ops.debugprims.load_tensor(\"f\")", "ops.c10d.send(x)", "ops.prim.rpc_sync(x)",
        "t = __torch__", "t = __torch__.torch", "t = __torch__.torch.classes.quantized.X()",
        "def __setstate__(self): pass"}) {
    CAPTURE(body);
    CHECK_THAT(script_message(body), Contains("m.pt: its code in code/m.py") && Contains("("));
  }
  CHECK_THAT(script_message("return \"open"), Contains("cannot be read"));
}

TEST_CASE("code too deep for the compiler's stack is refused", "[infer]") {
  const auto repeated = [](const std::string& part, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) {
      result += part;
    }
    return result;
  };
  CHECK(script_message("return [" + repeated("-1, ", 5000) + "]") == "no error");
  CHECK(script_message("return " + repeated("x + ", 100) + "x") == "no error");
  for (const std::string& part : {std::string("("), std::string("x + "), std::string("-"),
                                  std::string("not "), std::string("x if x else ")}) {
    CHECK_THAT(script_message("return " + repeated(part, 5000) + "x"), Contains("deeply nested"));
  }
  std::string blocks;
  for (int i = 1; i < 100; ++i) {
    blocks += std::string(static_cast<std::size_t>(i), ' ') + " if x:\n";
  }
  CHECK_THAT(message_of([&] { (void)check_script("def f(x):\n" + blocks, "code/m.py", "m.pt"); }),
             Contains("deeply nested"));
}

TEST_CASE("pickles that LibTorch would trust too far are refused", "[infer]") {
  const std::string zero(1, '\0');
  CHECK(pickle_message(")") == "no error");
  CHECK(pickle_message(tensor(storage("0", 2), 0, 2, 1)) == "no error");
  CHECK(pickle_message(tensor(storage("0", 2), 1, 1, 100)) == "no error");
  CHECK_THAT(pickle_message(tensor(storage("0", 3), 0, 1, 1)), Contains("shorter than it says"));
  CHECK_THAT(pickle_message(tensor(storage("9", 2), 0, 2, 1)), Contains("weights '9' are missing"));
  CHECK_THAT(pickle_message(tensor(storage("0", 2), 1, 2, 1)), Contains("larger than its weights"));
  CHECK_THAT(pickle_message(tensor(storage("0", 2), 0, 2, 2)), Contains("larger than its weights"));
  CHECK_THAT(pickle_message(tensor("K\x01", 0, 1, 1)), Contains("not described"));
  CHECK_THAT(pickle_message("}(K\x01u"), Contains("a key has no value"));
  CHECK_THAT(pickle_message("K" + zero + ")R"), Contains("names no function"));
  CHECK_THAT(pickle_message("]q" + zero + "h" + zero + "a"), Contains("unknown instruction"));
  CHECK_THAT(pickle_message("]q" + zero + "(h" + zero + "e"), Contains("holds itself"));
  CHECK_THAT(pickle_message(std::string(300, ']') + "(" + std::string(299, 'e')), Contains("mark"));
  CHECK_THAT(pickle_message("K\x01" + std::string(300, '\x85')), Contains("too deeply nested"));
  CHECK_THAT(pickle_message("Nr\xff\xff\xff\xff"), Contains("out of range"));
  CHECK_THAT(pickle_message("cos\nsystem\n"), Contains("asks for 'os system'"));
  CHECK_THAT(pickle_message("c__torch__.torch.classes.c10d\nStore\n"), Contains("asks for"));
  CHECK_THAT(pickle_message("X\xff\xff\xff\xff"), Contains("ends too early"));
  CHECK_THAT(pickle_message("NN"), Contains("one value"));
}

TEST_CASE("operators beyond arithmetic are denied in one place", "[infer]") {
  CHECK(reason_against_operator("aten", "conv2d").empty());
  CHECK(reason_against_operator("prim", "ListConstruct").empty());
  CHECK_FALSE(reason_against_operator("aten", "save").empty());
  CHECK_FALSE(reason_against_operator("c10d", "send").empty());
  CHECK_FALSE(reason_against_method("from_file").empty());
  CHECK(reason_against_method("forward").empty());
}

TEST_CASE("no damage to a model crashes the program", "[infer]") {
  const TempDir dir;
  save_weighted_model(dir / "m.pt");
  const std::string whole = read_file(dir / "m.pt");
  const Records records = read_records(dir / "m.pt");
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    write_file(dir / "damaged.pt", damaged(whole, random));
    check_survives(dir / "damaged.pt");
    // Damage with right checksums: what is behind them is looked at too.
    Records changed = records;
    auto& [name, bytes] = changed[random() % changed.size()];
    bytes = damaged(bytes, random);
    CAPTURE(name);
    write_records(dir / "damaged.pt", changed);
    check_survives(dir / "damaged.pt");
  }
}
