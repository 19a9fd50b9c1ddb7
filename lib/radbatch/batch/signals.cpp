#include "radbatch/batch/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace radbatch {
namespace {

std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  int none = 0;
  if (!received.compare_exchange_strong(none, signal) && signal != SIGUSR1) ::_exit(128 + signal);
}

}  // namespace

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: poll(2) must return
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) ::sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  for (int signal : {SIGPIPE, SIGXFSZ}) ::sigaction(signal, &action, nullptr);
}

int stop_signal() {
  return received.load();
}

}  // namespace radbatch
