// What `stylize doctor` found, and how it is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stylize::cli {

enum class Health {
  kOk,
  kNote,     // nothing is wrong, something could be added
  kWarning,  // works, but not well
  kProblem,  // does not work
};

struct Finding {
  std::string section;
  std::string name;
  std::string value;
  Health health = Health::kOk;
  std::string remedy;  // what to do; may be empty
};

// Collects the findings of one section. One thread at a time.
class Section {
 public:
  explicit Section(std::string name) : name_(std::move(name)) {}

  void ok(std::string name, std::string value);
  void note(std::string name, std::string value, std::string remedy = {});
  void warning(std::string name, std::string value, std::string remedy);
  void problem(std::string name, std::string value, std::string remedy);

  // A problem told by the text of an Error: "<subject>: <reason> (<remedy>)". `fallback` is the
  // remedy of an error that has none.
  void problem_from(std::string name, std::string_view message, std::string_view fallback);

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

 private:
  void add(std::string name, std::string value, Health health, std::string remedy);

  std::string name_;
  std::vector<Finding> findings_;
};

struct DoctorReport {
  std::string version;
  std::string device;     // in use; empty when there is none
  std::string precision;  // the same
  std::vector<Finding> findings;

  [[nodiscard]] std::size_t count(Health health) const;
};

// Sections with a line a finding, remedies below, and a verdict.
std::string to_text(const DoctorReport& report);

// One object, indented, with a line end.
std::string to_json_text(const DoctorReport& report);

}  // namespace stylize::cli
