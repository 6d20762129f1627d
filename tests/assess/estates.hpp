// Small estates for the tests, in the words of estate.yaml.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "estate/read.hpp"

namespace tocsin::tests {

// Reads an estate from text; problems fail the test.
inline estate::Estate estate_of(std::string_view yaml, std::map<std::string, std::string, std::less<>> files = {}) {
  files["estate.yaml"] = std::string(yaml);
  auto estate = estate::read_estate(estate::MemoryReader(std::move(files)));
  EXPECT_TRUE(estate.has_value()) << (estate ? "" : estate.error().message());
  if (!estate) return {};
  for (const Error& problem : estate->problems) ADD_FAILURE() << problem.message();
  return std::move(*estate);
}

}  // namespace tocsin::tests
