// What every backend has to do. A backend is tested by naming itself here: INSTANTIATE_TEST_SUITE_P(Sqlite,
// Conformance, testing::Values(…)).
#pragma once

#include "store/world.hpp"

namespace tocsin::store::test {

struct Backend {
  const char* name;
  std::string (*url)(const World& world);
  bool lasts = true;       // what was written is there after the store was closed
  bool concurrent = true;  // a reader keeps its moment while a writer goes on
};

class Conformance : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { open(); }
  void open() {
    store_.reset();
    auto opened = store::open(GetParam().url(world_), world_.options());
    ASSERT_OK(opened);
    store_ = std::move(*opened);
  }
  std::unique_ptr<Reader> read() {
    auto reader = store_->read();
    EXPECT_OK(reader);
    return reader ? std::move(*reader) : nullptr;
  }
  void expect_verified() {
    const auto verification = store_->verify({});
    ASSERT_OK(verification);
    EXPECT_TRUE(verification->holds()) << list(*verification);
  }
  // The one item that goes by this name.
  Uuid item_of(std::string_view name) {
    const auto found = read()->find(name);
    EXPECT_OK(found);
    if (!found || found->size() != 1) {
      ADD_FAILURE() << name << " is the name of " << (found ? found->size() : 0) << " items";
      return {};
    }
    return found->front();
  }

  World world_;
  std::unique_ptr<Store> store_;
};

}  // namespace tocsin::store::test
