// What the tests of the fetcher stand on: a clock that sleeping turns, and a server that says on its socket exactly
// what a test wants.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "wire/fetch.hpp"

namespace tocsin::wire {

class TurningSleeper final : public Sleeper {
 public:
  explicit TurningSleeper(ManualClock& clock) : clock_(clock) {}
  void sleep(std::chrono::milliseconds d) override {
    slept.push_back(d.count());
    clock_.advance(d);
  }
  std::vector<std::int64_t> slept;  // ms

 private:
  ManualClock& clock_;
};

inline Time noon() {
  return {1'774'958'400'000'000};
}  // 2026-03-31T12:00:00Z

// One connection, seen from the server.
class Line {
 public:
  Line(int fd, std::string request, const std::atomic<bool>& stopping)
      : request_(std::move(request)), fd_(fd), stopping_(stopping) {}
  const std::string& request() const { return request_; }
  bool asks(std::string_view path) const { return request_.find(" " + std::string(path) + " ") != std::string::npos; }
  // False when the other side has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Waits until the other side closes (or the test ends).
  void until_closed() {
    while (!stopping_) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      char byte = 0;
      if (::recv(fd_, &byte, 1, 0) <= 0) return;
    }
  }
  // True when the other side has gone within that time.
  bool closed_within(std::chrono::milliseconds d) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(d.count())) <= 0) return stopping_;
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_DONTWAIT) <= 0;
  }

 private:
  std::string request_;
  int fd_;
  const std::atomic<bool>& stopping_;
};

// Plays `play` to each connection in turn, and closes it after that.
class RawServer {
 public:
  explicit RawServer(std::function<void(Line&)> play) : play_(std::move(play)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);  // also 127.0.0.2, which plays another host
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(fd_, 16);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  // Always this reply.
  explicit RawServer(std::string reply) : RawServer([reply = std::move(reply)](Line& line) { line.send(reply); }) {}
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() {
    stopping_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  int port() const { return port_; }
  std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const {
    return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void run() {
    while (!stopping_) {
      const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) break;
      std::string request = read_request(fd);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      Line line(fd, std::move(request), stopping_);
      play_(line);
      ::shutdown(fd, SHUT_WR);
      char rest[4096];
      while (!stopping_ && ::recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0) {
      }
      ::close(fd);
    }
  }
  std::string read_request(int fd) {
    std::string request;
    char buffer[4096];
    std::size_t wanted = std::string::npos;
    while (!stopping_ && (wanted == std::string::npos || request.size() < wanted)) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      request.append(buffer, static_cast<std::size_t>(got));
      const auto end = request.find("\r\n\r\n");
      if (end == std::string::npos || wanted != std::string::npos) continue;
      const auto length = request.find("Content-Length: ");
      wanted = end + 4 + (length < end ? static_cast<std::size_t>(std::atoi(request.c_str() + length + 16)) : 0);
    }
    return request;
  }

  std::function<void(Line&)> play_;
  int fd_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

inline std::string ok(std::string_view body, std::string_view headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) +
         "Connection: close\r\n\r\n" + std::string(body);
}

// For servers on loopback: internal, no pace, at most 300 ms.
inline Policy at_home() {
  Policy policy;
  policy.internal = true;
  policy.pace = std::chrono::milliseconds(0);
  policy.total_timeout = std::chrono::milliseconds(20'000);
  policy.retries = 0;
  return policy;
}

// A fetcher with its clock and sleeper.
struct Desk {
  ManualClock clock{noon()};
  TurningSleeper sleeper{clock};
  std::unique_ptr<Fetcher> fetcher = make_fetcher({"tocsin/test (+mailto:ops@example.org)", ""}, clock, sleeper);
  Result<Reply> get(std::string url, const Policy& policy = at_home()) {
    return fetcher->fetch({std::move(url), {}, {}, {}}, policy);
  }
};

}  // namespace tocsin::wire
