/* A C++ program: an engine that cleans up after itself, in 40 lines, and a call with it.
 *
 *   c++ -std=c++17 raii.cpp $(pkg-config --cflags --libs outdial) -o raii
 *   ./raii pin '{"to": "+306900000001", "pin": "1234", "support": "+306900000009"}' \
 *     routee.app_id=… routee.app_secret=…
 */
#include <functional>
#include <iostream>
#include <memory>
#include <outdial.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace outdial {

class Engine {
public:
  using Event = std::function<void(std::string run, std::string event)>;

  explicit Engine(const char *const *settings) {
    od_config config{};
    config.size = sizeof config;
    config.settings = settings;
    od_error error;
    engine.reset(od_engine_new(&config, &error));
    check(engine != nullptr, error);
  }

  // The event function is kept until the engine is gone.
  std::string start(const std::string &flow, const std::string &parameters, Event event) {
    events.push_back(std::make_unique<Event>(std::move(event)));
    char run[OD_RUN_SIZE];
    od_error error;
    check(od_run_start(engine.get(), flow.c_str(), parameters.c_str(), on_event,
                       events.back().get(), run, &error),
          error);
    return run;
  }

  void loop() {
    od_engine_loop(engine.get(), nullptr);
  }

private:
  static void check(bool good, const od_error &error) {
    if (!good) throw std::runtime_error(std::string(error.code) + ": " + error.message);
  }
  static void on_event(void *context, const char *run, const char *event) {
    (*static_cast<Event *>(context))(run, event);
  }

  std::vector<std::unique_ptr<Event>> events; // outlive the engine, which calls them
  std::unique_ptr<od_engine, decltype(&od_engine_free)> engine{nullptr, od_engine_free};
};

} // namespace outdial

int main(int count, char **arguments) {
  if (count < 3) {
    std::cerr << "usage: raii FLOW PARAMETERS [SETTING=VALUE ...]\n";
    return 2;
  }
  bool completed = false;
  try {
    outdial::Engine engine(arguments + 3);
    engine.start(arguments[1], arguments[2], [&](std::string run, std::string event) {
      std::cout << run << ' ' << event << '\n';
      completed = event.find("\"state\":\"completed\"") != event.npos;
    });
    engine.loop();
  } catch (const std::exception &wrong) {
    std::cerr << wrong.what() << '\n';
  }
  return completed ? 0 : 1;
}
