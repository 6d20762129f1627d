#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

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

}  // namespace

Random& system_random() {
  static KernelRandom kernel;
  return kernel;
}

}  // namespace tocsin
