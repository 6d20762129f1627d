// One line on a terminal that says how far a long job is. Silent when stderr is no terminal.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace tocsin {

class Progress {
 public:
  enum class Unit : std::uint8_t { things, bytes };  // what is counted, and shown with the rate
  virtual ~Progress() = default;
  // Starts a stage; 0 = total unknown.
  virtual void stage(std::string_view name, std::uint64_t total_or_zero, Unit unit) = 0;
  void stage(std::string_view name, std::uint64_t total_or_zero) { stage(name, total_or_zero, Unit::things); }
  virtual void advance(std::uint64_t done) = 0;  // absolute, within the stage
  virtual void finish() = 0;                     // clears the line
};
Progress& no_progress();
// Redraws at most ten times a second. `fd` is a terminal or nothing is drawn.
std::unique_ptr<Progress> terminal_progress(int fd);

}  // namespace tocsin
