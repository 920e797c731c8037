#include "doctor_report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace stylize::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view health_name(Health health) {
  switch (health) {
    case Health::kOk: return "ok";
    case Health::kNote: return "note";
    case Health::kWarning: return "warning";
    case Health::kProblem: return "problem";
  }
  return "ok";
}

std::string_view mark_of(Health health) {
  switch (health) {
    case Health::kProblem: return "✗";
    case Health::kWarning: return "!";
    default: return " ";
  }
}

// A finding is one line, whatever a library's message holds.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string verdict(const DoctorReport& report) {
  const std::size_t problems = report.count(Health::kProblem);
  const std::size_t warnings = report.count(Health::kWarning);
  const std::string warned = warnings == 0 ? std::string()
                                           : fmt::format("{} ({})", counted(warnings, "warning"),
                                                         mark_of(Health::kWarning));
  if (problems > 0) {
    return fmt::format("{} ({}){}: see above.\n", counted(problems, "problem"),
                       mark_of(Health::kProblem), warned.empty() ? "" : " and " + warned);
  }
  return warned.empty() ? "All well.\n" : "All works, with " + warned + ": see above.\n";
}

// Where the bracket opens that ends `text`; npos when it ends with none.
std::size_t last_bracket(std::string_view text) {
  if (text.empty() || text.back() != ')') {
    return std::string_view::npos;
  }
  int depth = 0;
  for (std::size_t index = text.size(); index-- > 0;) {
    depth += text[index] == ')' ? 1 : text[index] == '(' ? -1 : 0;
    if (depth == 0) {
      return index;
    }
  }
  return std::string_view::npos;
}

}  // namespace

void Section::add(std::string name, std::string value, Health health, std::string remedy) {
  findings_.push_back(
      {name_, std::move(name), one_line(std::move(value)), health, one_line(std::move(remedy))});
}

void Section::ok(std::string name, std::string value) {
  add(std::move(name), std::move(value), Health::kOk, {});
}

void Section::note(std::string name, std::string value, std::string remedy) {
  add(std::move(name), std::move(value), Health::kNote, std::move(remedy));
}

void Section::warning(std::string name, std::string value, std::string remedy) {
  add(std::move(name), std::move(value), Health::kWarning, std::move(remedy));
}

void Section::problem(std::string name, std::string value, std::string remedy) {
  add(std::move(name), std::move(value), Health::kProblem, std::move(remedy));
}

void Section::problem_from(std::string name, std::string_view message, std::string_view fallback) {
  const std::size_t bracket = last_bracket(message);
  if (bracket == std::string_view::npos || bracket == 0 || message[bracket - 1] != ' ') {
    problem(std::move(name), std::string(message), std::string(fallback));
    return;
  }
  problem(std::move(name), std::string(message.substr(0, bracket - 1)),
          std::string(message.substr(bracket + 1, message.size() - bracket - 2)));
}

std::size_t DoctorReport::count(Health health) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [health](const Finding& finding) { return finding.health == health; }));
}

std::string to_text(const DoctorReport& report) {
  std::size_t width = 0;
  for (const Finding& finding : report.findings) {
    width = std::max(width, finding.name.size());
  }
  std::string text = "stylize " + report.version + "\n";
  std::string section;
  for (const Finding& finding : report.findings) {
    if (finding.section != section) {
      section = finding.section;
      text += "\n" + section + "\n";
    }
    text +=
        fmt::format("{} {:<{}}  {}\n", mark_of(finding.health), finding.name, width, finding.value);
    if (!finding.remedy.empty()) {
      text += fmt::format("  {:<{}}  → {}\n", "", width, finding.remedy);
    }
  }
  return text + "\n" + verdict(report);
}

std::string to_json_text(const DoctorReport& report) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json findings = Json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"section", finding.section},
                        {"name", finding.name},
                        {"value", finding.value},
                        {"status", health_name(finding.health)},
                        {"remedy", or_null(finding.remedy)}});
  }
  const std::size_t problems = report.count(Health::kProblem);
  const Json object{{"version", report.version},
                    {"ok", problems == 0},
                    {"problems", problems},
                    {"warnings", report.count(Health::kWarning)},
                    {"device", or_null(report.device)},
                    {"precision", or_null(report.precision)},
                    {"findings", std::move(findings)}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace stylize::cli
