// toml++ stays in this file. Every table is walked by name: a key that nobody knows is reported with its line, since a
// mistyped `enabeld = false` would otherwise collect from a source that its owner thinks is off. Which keys a source
// has hangs on its kind, so those are looked at in sources.cpp.
#include "cycle/config.hpp"

#include <algorithm>
#include <sstream>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "estate/credentials.hpp"

namespace tocsin::cycle {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1u << 20;  // a config of hand-written lines; a megabyte is a mistake

Json to_json(const toml::node& node) {
  if (const auto* v = node.as_string()) return Json(v->get());
  if (const auto* v = node.as_integer()) return Json(static_cast<std::int64_t>(v->get()));
  if (const auto* v = node.as_floating_point()) return Json(v->get());
  if (const auto* v = node.as_boolean()) return Json(v->get());
  if (const auto* v = node.as_array()) {
    Json array = Json::array();
    for (const auto& element : *v) array.push(to_json(element));
    return array;
  }
  if (const auto* v = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *v) object.set(std::string(key.str()), to_json(value));
    return object;
  }
  std::ostringstream text;  // dates: kept as written
  node.visit([&](const auto& value) {
    if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                  toml::is_date_time<decltype(value)>)
      text << value.get();
  });
  return Json(text.str());
}

class Reader {
 public:
  Reader(Config& config, std::string_view file) : config_(config), file_(file) {}

  void read(const toml::table& top) {
    for (const auto& [key, value] : top) {
      const std::string name(key.str());
      if (name == "organisation")
        each(value, name, [&](auto& k, auto& v) { return organisation(k, v); });
      else if (name == "store")
        each(value, name, [&](auto& k, auto& v) { return k == "url" && text(v, config_.store_url); });
      else if (name == "network")
        each(value, name, [&](auto& k, auto& v) { return k == "proxy" && text(v, config_.proxy); });
      else if (name == "people")
        each(value, name, [&](auto& k, auto& v) { return person(k, v); });
      else if (name == "source")
        each(value, name, [&](auto& k, auto& v) { return source(k, v); });
      else if (name == "objective")
        objectives(value);
      else if (name == "suppression")
        continue;  // read by the scanner, when it is told to (scan/suppressions.hpp)
      else
        problem(value, "unknown section '" + printable(name) + "'");
    }
  }

 private:
  // A value that went into a key by mistake may be a proxy with its password.
  void problem(const toml::node& node, std::string_view what) {
    Error error{Code::malformed, estate::without_credentials(what), std::string(file_),
                std::nullopt,    node.source().begin.line,          std::nullopt};
    config_.problems.push_back(std::move(error));
  }

  bool text(const toml::node& node, std::string& out) {
    if (const auto* v = node.as_string()) {
      out = v->get();
      return true;
    }
    problem(node, "should be text in quotes");
    return true;  // known key, already reported
  }

  // Calls f(key, value) for each member of a table; false = the key is unknown.
  template <class F>
  void each(const toml::node& node, const std::string& section, F&& f) {
    const auto* table = node.as_table();
    if (table == nullptr) return problem(node, "'" + section + "' should be a table: [" + section + "]");
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      if (!f(name, value)) problem(value, "unknown key '" + printable(name) + "' in [" + section + "]");
    }
  }

  bool organisation(const std::string& key, const toml::node& value) {
    if (key == "name") return text(value, config_.organisation);
    if (key == "contact") return text(value, config_.contact);
    return false;
  }

  // Who decides is shown, sorted and searched for by this word: it must be one that can be seen and typed.
  bool person(const std::string& id, const toml::node& value) {
    if (id.empty() || id.size() > 64 || printable(id) != id || trim(id) != id || id.starts_with("rule:")) {
      problem(value,
              "'" + printable(id, 64) +
                  "' cannot name a person in [people]: 1 to 64 visible characters, no blank at the ends, and not "
                  "'rule:', which names decisions of rules");
      return true;
    }
    Person person;
    person.id = id;
    each(value, "people." + id, [&](auto& k, auto& v) {
      if (k == "name") return text(v, person.name);
      if (k == "role") return text(v, person.role);
      if (k == "mail") return text(v, person.mail);
      return false;
    });
    config_.people.push_back(std::move(person));
    return true;
  }

  bool source(const std::string& id, const toml::node& value) {
    SourceChoice choice;
    choice.id = id;
    choice.line = value.source().begin.line;
    each(value, "source." + id, [&](auto& k, auto& v) {
      if (k == "kind") return text(v, choice.kind);
      if (k == "enabled") {
        if (const auto* flag = v.as_boolean())
          choice.enabled = flag->get();
        else
          problem(v, "'enabled' should be true or false");
        return true;
      }
      choice.settings.set(k, to_json(v));
      choice.lines[k] = v.source().begin.line;
      return true;
    });
    config_.sources.push_back(std::move(choice));
    return true;
  }

  void objectives(const toml::node& node) {
    const auto* array = node.as_array();
    if (array == nullptr) return problem(node, "objectives are written as [[objective]]");
    for (const auto& element : *array) {
      Objective objective;
      each(element, "objective", [&](auto& k, auto& v) {
        if (k == "id") return text(v, objective.id);
        if (k == "text") return text(v, objective.text);
        if (k == "owner") return text(v, objective.owner);
        return false;
      });
      if (objective.id.empty() || objective.text.empty())
        problem(element, "an objective needs an id and a text");
      else
        config_.objectives.push_back(std::move(objective));
    }
  }

  Config& config_;
  std::string_view file_;
};

template <class T>
const T* by_id(const std::vector<T>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const Person* Config::person(std::string_view id) const {
  return by_id(people, id);
}
const SourceChoice* Config::source(std::string_view id) const {
  return by_id(sources, id);
}

Result<Config> parse_config(std::string_view text, std::string_view file_name) {
  Config config;
  config.text = text;
  if (auto safe = check_toml(text); !safe) return tl::make_unexpected(std::move(safe).error().at(file_name));
  try {
    const toml::table top = toml::parse(text, file_name);
    Reader(config, file_name).read(top);
  } catch (const toml::parse_error& error) {
    auto failure = fail_line(Code::malformed, estate::without_credentials(printable(error.description())),
                             error.source().begin.line, error.source().begin.column);
    failure.value().where = file_name;
    return failure;
  }
  for (const Objective& objective : config.objectives)
    if (!objective.owner.empty() && config.person(objective.owner) == nullptr)
      config.problems.push_back({Code::malformed,
                                 "objective " + printable(objective.id) + " names the owner '" +
                                     printable(objective.owner) + "', who is not in [people]",
                                 std::string(file_name),
                                 {},
                                 {},
                                 {}});
  return config;
}

Result<Config> read_config(const std::filesystem::path& file) {
  TOCSIN_TRY(const std::string text, read_file(file, kMaxConfigBytes));
  return parse_config(text, file.filename().string());
}

std::string first_config(std::string_view organisation) {
  std::string name;
  append_json_string(name, organisation);  // a TOML basic string takes the same escapes
  return "# tocsin: what the organisation wants to know, who decides, and which sources it listens to.\n"
         "# This file is yours: tocsin reads it and never rewrites it. Every change of it is kept in the ledger.\n\n"
         "[organisation]\n"
         "name = " +
         name +
         "\n"
         "contact = \"\"              # an address that sources can write to; it goes into the User-Agent\n\n"
         "[people.me]                # decisions are made --as one of these\n"
         "name = \"\"\n"
         "role = \"intel lead\"\n\n"
         "[[objective]]\n"
         "id = \"O1\"\n"
         "text = \"Know of attacks on the models we run before they reach us\"\n\n"
         "# `tocsin source list` shows the catalogue. To leave one out:\n"
         "# [source.arxiv]\n"
         "# enabled = false\n"
         "#\n"
         "# A feed of your own (internal = true lets it be on a private address):\n"
         "# [source.our-blog]\n"
         "# kind = \"feed\"\n"
         "# url = \"https://blog.example.org/feed.xml\"\n";
}

}  // namespace tocsin::cycle
