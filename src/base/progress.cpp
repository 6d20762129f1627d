#include "base/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "base/text.hpp"

namespace tocsin {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr std::size_t kDefaultColumns = 80;

class Silent final : public Progress {
 public:
  void stage(std::string_view, std::uint64_t, Unit) override {}
  void advance(std::uint64_t) override {}
  void finish() override {}
};

class Line final : public Progress {
 public:
  explicit Line(int fd) : fd_(fd) {}
  ~Line() override { clear(); }

  void stage(std::string_view name, std::uint64_t total_or_zero, Unit unit) override {
    name_ = name;
    unit_ = unit;
    total_ = total_or_zero;
    begun_ = SteadyClock::now();
    draw(0, begun_);
  }

  void advance(std::uint64_t done) override {
    const auto now = SteadyClock::now();
    if (now - drawn_ < kRedrawEvery) return;
    draw(done, now);
  }

  void finish() override { clear(); }

 private:
  void draw(std::uint64_t done, SteadyClock::time_point now) {
    std::string text = name_;
    if (total_ != 0) {
      const double part = static_cast<double>(std::min(done, total_)) / static_cast<double>(total_);
      text += fmt::format("  {} / {}  {} %", amount(done), amount(total_), static_cast<int>(part * 100));
    } else if (done != 0) {
      text += "  " + amount(done);
    }
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    if (done != 0 && seconds >= 0.5)
      text += "  " + amount(static_cast<std::uint64_t>(static_cast<double>(done) / seconds)) + "/s";
    put("\r" + cut_to_width(text, columns() - 1) + "\x1b[K");
    drawn_ = now;
    shown_ = true;
  }

  // "12", "1.2 MB".
  std::string amount(std::uint64_t n) const {
    if (unit_ == Unit::things) return std::to_string(n);
    if (n < 1000) return std::to_string(n) + " B";
    constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
    double value = static_cast<double>(n) / 1000;
    std::size_t unit = 0;
    while (value >= 1000 && unit < 3) value /= 1000, ++unit;
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
  }

  void clear() {
    if (shown_) put("\r\x1b[K");
    shown_ = false;
  }

  std::size_t columns() const {
    winsize size = {};
    return ::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : kDefaultColumns;
  }

  // A progress line that cannot be written is no reason to stop the work.
  void put(const std::string& text) const { [[maybe_unused]] const ssize_t n = ::write(fd_, text.data(), text.size()); }

  int fd_;
  std::string name_;
  std::uint64_t total_ = 0;
  Unit unit_ = Unit::things;
  SteadyClock::time_point begun_;
  SteadyClock::time_point drawn_;
  bool shown_ = false;
};

}  // namespace

Progress& no_progress() {
  static Silent silent;
  return silent;
}

std::unique_ptr<Progress> terminal_progress(int fd) {
  if (::isatty(fd) != 1) return std::make_unique<Silent>();
  return std::make_unique<Line>(fd);
}

}  // namespace tocsin
