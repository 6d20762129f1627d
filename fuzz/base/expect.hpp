// What a fuzzer holds to be true; stops the program where it is not, in any build.
#pragma once

#include <cstdio>
#include <cstdlib>

#define TOCSIN_EXPECT(condition)                                                     \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)
