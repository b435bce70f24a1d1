// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/metrics_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tollgate::cli {
namespace {

constexpr unsigned kThreads = 2;  // a scraper that waits for a module does not hold up another one
constexpr unsigned kMostConnections = 32;
constexpr unsigned kIdleSeconds = 10;
constexpr size_t kConnectionMemory = 16384;  // octets, for a request's headers

constexpr char kIndexPage[] = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Tollgate exporter</title></head>
<body><h1>Tollgate exporter</h1><p><a href="/metrics">Metrics</a></p></body></html>
)";

// An address to bind, read from text.
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;

  sockaddr* address() { return reinterpret_cast<sockaddr*>(&storage); }
  sockaddr_in& v4() { return reinterpret_cast<sockaddr_in&>(storage); }
  sockaddr_in6& v6() { return reinterpret_cast<sockaddr_in6&>(storage); }
  bool is_v6() const { return storage.ss_family == AF_INET6; }
  bool is_loopback() {
    return is_v6() ? IN6_IS_ADDR_LOOPBACK(&v6().sin6_addr)
                   : (ntohl(v4().sin_addr.s_addr) >> 24) == 127;
  }
  uint16_t port() { return ntohs(is_v6() ? v6().sin6_port : v4().sin_port); }
};

absl::StatusOr<Endpoint> ParseEndpoint(const std::string& listen) {
  const absl::Status wrong = absl::InvalidArgumentError(absl::StrCat(
      "--listen: '", listen, "' is no address and port such as 127.0.0.1:19167 or [::1]:19167"));
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port > 65535) {
    return wrong;
  }
  std::string host = listen.substr(0, colon);
  Endpoint endpoint;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    endpoint.storage.ss_family = AF_INET6;
    endpoint.length = sizeof(sockaddr_in6);
    endpoint.v6().sin6_port = htons(static_cast<uint16_t>(port));
    if (inet_pton(AF_INET6, host.c_str(), &endpoint.v6().sin6_addr) != 1) return wrong;
  } else {
    endpoint.storage.ss_family = AF_INET;
    endpoint.length = sizeof(sockaddr_in);
    endpoint.v4().sin_port = htons(static_cast<uint16_t>(port));
    if (inet_pton(AF_INET, host.c_str(), &endpoint.v4().sin_addr) != 1) return wrong;
  }
  return endpoint;
}

// A socket that listens, or why there is none; `endpoint` gets the port that was taken.
absl::StatusOr<int> Listen(const std::string& listen, Endpoint& endpoint) {
  const int fd = socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, endpoint.address(), endpoint.length) != 0 || ::listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, endpoint.address(), &endpoint.length) != 0) {
    const int error = errno;
    if (fd >= 0) close(fd);
    const char* hint = error == EADDRINUSE      ? "; another program listens there"
                       : error == EADDRNOTAVAIL ? "; this machine has no such address"
                       : error == EACCES        ? "; ports below 1024 are for root"
                                                : "";
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listen, ": ", std::strerror(error), hint));
  }
  return fd;
}

MHD_Result Respond(MHD_Connection* connection, unsigned status, std::string_view body,
                   const char* media_type) {
  MHD_Response* response = MHD_create_response_from_buffer(
      body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, media_type);
  if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  }
  const MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result Answer(const MetricsServer::Scrape& scrape, MHD_Connection* connection,
                  std::string_view path, std::string_view method) {
  constexpr char kPlain[] = "text/plain; charset=utf-8";
  if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD) {
    return Respond(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n", kPlain);
  }
  if (path == "/") return Respond(connection, MHD_HTTP_OK, kIndexPage, "text/html; charset=utf-8");
  if (path != "/metrics") {
    return Respond(connection, MHD_HTTP_NOT_FOUND, "there is only /metrics\n", kPlain);
  }
  const char* const accept =
      MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
  const control::Exposition exposition =
      control::ExpositionFor(accept == nullptr ? std::string_view() : accept);
  return Respond(connection, MHD_HTTP_OK, scrape(exposition), control::MediaType(exposition));
}

// libmicrohttpd is C: nothing may be thrown through it. MHD_NO closes the connection.
MHD_Result OnRequest(void* closure, MHD_Connection* connection, const char* path,
                     const char* method, const char* /*version*/, const char* /*upload*/,
                     size_t* upload_size, void** state) noexcept {
  // The first call comes with the headers alone; a body, if there is one, is passed over.
  static char seen;
  if (*state == nullptr) {
    *state = &seen;
    return MHD_YES;
  }
  if (*upload_size != 0) {
    *upload_size = 0;
    return MHD_YES;
  }
  try {
    return Answer(*static_cast<const MetricsServer::Scrape*>(closure), connection, path, method);
  } catch (const std::exception&) {
    return MHD_NO;
  }
}

}  // namespace

struct MetricsServer::Daemon {
  MHD_Daemon* daemon = nullptr;
  ~Daemon() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }
};

MetricsServer::MetricsServer() : daemon_(std::make_unique<Daemon>()) {}
MetricsServer::~MetricsServer() = default;

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& listen,
                                                                    Scrape scrape) {
  absl::StatusOr<Endpoint> endpoint = ParseEndpoint(listen);
  if (!endpoint.ok()) return endpoint.status();
  const absl::StatusOr<int> fd = Listen(listen, *endpoint);
  if (!fd.ok()) return fd.status();

  std::unique_ptr<MetricsServer> server(new MetricsServer);
  server->scrape_ = std::move(scrape);
  server->url_ = absl::StrCat("http://", listen.substr(0, listen.rfind(':')), ":", endpoint->port(),
                              "/metrics");
  server->is_public_ = !endpoint->is_loopback();
  server->daemon_->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, nullptr, nullptr, &OnRequest,
      &server->scrape_, MHD_OPTION_LISTEN_SOCKET, static_cast<MHD_socket>(*fd),
      MHD_OPTION_THREAD_POOL_SIZE, kThreads, MHD_OPTION_CONNECTION_LIMIT, kMostConnections,
      MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      kConnectionMemory, MHD_OPTION_END);
  if (server->daemon_->daemon == nullptr) {
    close(*fd);
    return absl::InternalError(absl::StrCat("cannot start the server on ", listen));
  }
  return server;
}

}  // namespace tollgate::cli
