// SPDX-License-Identifier: BSD-3-Clause
//
// Offers an event to a log for each name that it reads, and ends the log at the end of its input:
//
//   write_events SETTINGS.yaml [written] < names.txt
//
// SETTINGS.yaml is what stands under `events` in module.yaml. The rules are event_fixture.h's. With
// `written`, it waits before the end until an output has taken every event: a log that ends has a
// second for what it still holds, which may be too little on a busy machine.

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "tests/module/event_fixture.h"

int main(int argc, char** argv) {
  using namespace tollgate;
  const bool until_written = argc == 3 && argv[2] == std::string_view("written");
  if (argc != 2 && !until_written) return 2;
  text::Diagnostics faults;
  const std::string path = argv[1];
  const module::EventSettings settings = module::ReadEventSettings(
      text::ParseYamlFile(path, faults), std::filesystem::path(path).parent_path());
  std::cerr << test::AsText(faults);
  {
    test::Log log(settings);
    uint16_t number = 0;
    for (std::string name; std::getline(std::cin, name); ++number) {
      module::Event event = test::EventFor(name, 1, number % 2 == 0 ? "192.0.2.1" : "2001:db8::1");
      event.query_id = number;
      // dnstap-ldns, which reads them, knows UDP and TCP alone.
      event.client.transport = static_cast<module::Transport>(number % 2);
      log->Offer(0, event);
    }
    const auto all_are_written = [&] {
      return log.Count(control::ServiceCounter::kEventsWritten) == number;
    };
    if (until_written && !test::Eventually(all_are_written)) std::cerr << "not all are written\n";
  }
  std::cerr << test::Log::Said();
}
