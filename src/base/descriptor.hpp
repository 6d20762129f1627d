// An open file of the system, closed when it goes.
#pragma once

#include <unistd.h>

#include <utility>

namespace tocsin {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}  // -1: what open() gives when it failed; nothing is closed then
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace tocsin
