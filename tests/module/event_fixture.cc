// SPDX-License-Identifier: BSD-3-Clause

#include "tests/module/event_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace tollgate::test {
namespace {

std::mutex said_mutex;
std::string said;

void Say(gate_level, const char* line) {
  const std::lock_guard lock(said_mutex);
  said += line;
  said += '\n';
}

// `folded` as a name in wire format, with the letters of `spelled`.
void WriteQname(std::string_view spelled, module::Event& event) {
  const dns::Name name = NameOf(spelled);
  std::copy(name.wire().begin(), name.wire().end(), event.qname.begin());
  event.qname_length = static_cast<uint8_t>(name.wire().size());
  if (spelled.find('\\') != std::string_view::npos) return;
  for (size_t i = 0; i < spelled.size(); ++i) {
    if (spelled[i] != '.') event.qname[i + 1] = static_cast<uint8_t>(spelled[i]);
  }
}

}  // namespace

Compiled& EventRules() {
  static Compiled rules({{"tollgate.yaml", R"(
                            policies: [allow.yaml, nxdomain.yaml, nodata.yaml, refused.yaml,
                                       drop.yaml, sinkhole.yaml, shadow.yaml])"},
                         {"allow.yaml", "{id: allow, action: pass, domains: [pass.com]}"},
                         {"nxdomain.yaml", R"(
                            id: parcels
                            title: Parcels that nobody sent
                            action: nxdomain
                            ttl: 300
                            domains: [nxdomain.com]
                            patterns:
                              - id: track
                                match: 'track[a-z]+'
                                suffixes: [com]
                                meaning: Tracking of parcels)"},
                         {"nodata.yaml", "{id: nodata, action: nodata, domains: [nodata.com]}"},
                         {"refused.yaml", "{id: refused, action: refused, domains: [refused.com]}"},
                         {"drop.yaml", "{id: drop, action: drop, domains: [drop.com]}"},
                         {"sinkhole.yaml", R"(
                            id: sinkhole
                            action: sinkhole
                            sinkhole: [192.0.2.80, 192.0.2.81, "2001:db8::80"]
                            domains: [sinkhole.com])"},
                         {"shadow.yaml", R"(
                            id: shadow
                            mode: shadow
                            action: nxdomain
                            domains: [shadow.com])"}});
  if (!rules.ok()) throw std::runtime_error(rules.Faults());
  return rules;
}

module::Client ClientAt(const std::string& address) {
  module::Client client{};
  client.family = address.find(':') == std::string::npos ? 4 : 6;
  client.port = 54321;
  inet_pton(client.family == 4 ? AF_INET : AF_INET6, address.c_str(), client.address.data());
  return client;
}

module::Event EventFor(std::string_view qname, uint16_t qtype, const std::string& client) {
  const policy::Verdict verdict = EventRules().VerdictOn(qname);
  module::Event event{};
  event.rules = &EventRules().rules();
  event.shadow = !verdict.decision;
  event.match = event.shadow ? verdict.shadow : verdict.decision;
  if (!event.match) throw std::invalid_argument("no rule is about " + std::string(qname));
  event.client = ClientAt(client);
  event.microseconds = 1769860800000001;
  event.query_id = 0x1234;
  event.query_flags = 0x0100;
  event.qtype = qtype;
  WriteQname(qname, event);
  return event;
}

module::EventSettings Unlimited(uint32_t ring) {
  module::EventSettings settings;
  settings.per_client = settings.per_name = settings.per_second = 0;
  settings.ring = ring;
  return settings;
}

Log::Log(const module::EventSettings& settings, size_t threads)
    : counters_(std::make_unique<module::Counters>(threads)), host_log_(&Say) {
  {
    const std::lock_guard lock(said_mutex);
    said.clear();
  }
  log_ = module::EventLog::Start(settings, threads, *counters_, host_log_);
}

Log::~Log() = default;

std::string Log::Said() {
  const std::lock_guard lock(said_mutex);
  return said;
}

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 30000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

UnixServer::UnixServer(const std::string& path, int type)
    : fd_(socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  unlink(path.c_str());
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      (type == SOCK_STREAM && listen(fd_, 1) != 0)) {
    throw std::runtime_error("cannot listen at " + path);
  }
}

UnixServer::~UnixServer() { close(fd_); }

std::string UnixServer::Receive() {
  pollfd ready{fd_, POLLIN, 0};
  if (poll(&ready, 1, 5000) != 1) return "";
  std::string datagram(65536, '\0');
  const ssize_t size = recv(fd_, datagram.data(), datagram.size(), 0);
  datagram.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return datagram;
}

}  // namespace tollgate::test
