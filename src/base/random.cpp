#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <system_error>

#include "base/hash.hpp"

namespace tocsin {
namespace {

class KernelRandom final : public Random {
 public:
  std::string bytes(std::size_t n) override {
    std::string out(n, '\0');
    std::size_t have = 0;
    while (have < n) {
      const ssize_t got = ::getrandom(out.data() + have, n - have, 0);
      if (got < 0 && errno == EINTR) continue;
      // Without randomness there is no safe way on; kernels we run on have had the call since 3.17.
      if (got <= 0) throw std::system_error(errno, std::generic_category(), "getrandom");
      have += static_cast<std::size_t>(got);
    }
    return out;
  }
};

// SHA-256(seed, counter), block after block. Not secret, and not meant to be.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::string seed) : seed_(std::move(seed)) {}
  std::string bytes(std::size_t n) override {
    const std::lock_guard lock(mutex_);
    while (pool_.size() < n) {
      pool_ += sha256("tocsin-seed\n" + seed_ + "\n" + std::to_string(counter_)).view();
      ++counter_;
    }
    std::string out = pool_.substr(0, n);
    pool_.erase(0, n);
    return out;
  }

 private:
  std::mutex mutex_;
  std::string seed_;
  std::string pool_;
  std::uint64_t counter_ = 0;
};

}  // namespace

Random& system_random() {
  static KernelRandom kernel;
  static const char* const seed = std::getenv("TOCSIN_SEED");
  if (!seed || !*seed) return kernel;
  static SeededRandom seeded{std::string(seed)};
  return seeded;
}

}  // namespace tocsin
