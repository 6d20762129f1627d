// What a mapping answers when it is touched where it must not be: a signal, and a handler for the whole process. Those that were
// there before get what is none of ours.
#pragma once

#include <signal.h>

namespace tocsin::scan {

// Puts `handler` before the one that is there, which is kept in `before`. False when the system refuses.
inline bool handle_faults(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction& before) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  return ::sigaction(signal, &action, &before) == 0;
}

// To be called at the end of a handler: nobody of ours knows the address. Async-signal-safe.
inline void pass_on(int signal, siginfo_t* info, void* context, const struct sigaction& before) {
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr)
    return before.sa_sigaction(signal, info, context);
  // Nobody else's: the default, when the instruction is tried again.
  ::signal(signal, SIG_DFL);
}

}  // namespace tocsin::scan
