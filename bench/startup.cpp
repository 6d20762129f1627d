// How long a command takes from exec to exit: `tocsin --version`, and `tocsin radar` on a workspace of 10,000 items,
// beside /bin/true in the same run. The workspace is made first, from 10,000 advisories of our own making.
//   bench_startup TOCSIN
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.hpp"
#include "base/json.hpp"
#include "timing.hpp"

extern char** environ;

namespace {

using namespace tocsin;

int run(const std::vector<std::string>& words, const std::string& output = "/dev/null") {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) return -1;
  waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bench::Spread time_of(const std::vector<std::string>& words, int rounds) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) times.push_back(1000 * bench::seconds([&] { run(words); }));
  return bench::spread(times);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "bench_startup TOCSIN\n"), 2;
  const std::string program = argv[1];
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tocsin-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  Json advisories = Json::array();
  for (int i = 0; i < 10'000; ++i) {
    Json event_in = Json::object({{"introduced", "0"}});
    Json event_out = Json::object({{"fixed", std::to_string(i % 4) + "." + std::to_string(i % 30)}});
    Json range = Json::object({{"type", "ECOSYSTEM"}, {"events", Json(Json::Array{event_in, event_out})}});
    Json affected = Json::object(
        {{"package",
          Json::object({{"ecosystem", "PyPI"}, {"name", i % 5 == 0 ? "torch" : "package-" + std::to_string(i % 700)}})},
         {"ranges", Json(Json::Array{range})}});
    advisories.push(Json::object({{"id", "PYSEC-2099-" + std::to_string(i + 1)},
                                  {"modified", "2026-11-01T00:00:00Z"},
                                  {"published", "2026-11-01T00:00:00Z"},
                                  {"summary", "Made-up advisory number " + std::to_string(i) + " for measuring"},
                                  {"affected", Json(Json::Array{affected})}}));
  }
  if (!write_new_file(folder / "all.json", advisories.dump())) return 1;
  const std::string workspace = (folder / "ws").string();
  if (run({program, "demo", workspace}) != 0) return std::fprintf(stderr, "the demo does not run\n"), 1;
  if (run({program, "collect", "osv", "--workspace", workspace, "--from", (folder / "all.json").string()}) != 0)
    return std::fprintf(stderr, "collecting failed\n"), 1;
  const std::string out = (folder / "radar.json").string();
  if (run({program, "radar", "--workspace", workspace, "--format", "json"}, out) != 0)
    return std::fprintf(stderr, "radar failed\n"), 1;
  const auto text = read_file(out, 1u << 30);
  const auto radar = text ? parse_json(*text) : Result<Json>(fail(Code::internal, "no output"));
  if (!radar || (*radar)["counts"]["items"].as_int().value_or(0) < 10'000)
    return std::fprintf(stderr, "the radar does not see 10,000 items\n"), 1;

  const auto nothing = time_of({"/bin/true"}, 40);
  const auto version = time_of({program, "--version"}, 40);
  const auto radar_time = time_of({program, "radar", "--workspace", workspace}, 20);
  std::printf("/bin/true %.2f ms (%.2f to %.2f); items %lld\n", nothing.median, nothing.least, nothing.most,
              static_cast<long long>((*radar)["counts"]["items"].as_int().value_or(0)));
  bench::Goals goals;
  goals.at_most("tocsin --version, median of 40", version.median, 15, "ms");
  goals.at_most("tocsin radar on 10,000 items, median of 20", radar_time.median, 60, "ms");
  std::filesystem::remove_all(folder);
  return goals.exit_code();
}
