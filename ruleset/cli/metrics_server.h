// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP for scrapers. The only file that speaks to libmicrohttpd.

#ifndef TOLLGATE_RULESET_CLI_METRICS_SERVER_H_
#define TOLLGATE_RULESET_CLI_METRICS_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ruleset/control/openmetrics.h"

namespace tollgate::cli {

// Serves GET and HEAD of /metrics, and / with a link to it; 404 for all else. At most 32
// connections at once, each cut after 10 seconds without a word.
class MetricsServer {
 public:
  // The body of /metrics. Called on the server's threads, several at a time.
  using Scrape = std::function<std::string(control::Exposition)>;

  // `listen` is ADDRESS:PORT, an IPv6 address in brackets; port 0 takes any that is free. Errors
  // say what to do. The caller's threads should block the signals it waits for before this.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& listen,
                                                              Scrape scrape);
  // Waits for answers under way, then returns.
  ~MetricsServer();

  // "http://127.0.0.1:19167/metrics", with the port that was taken.
  const std::string& url() const { return url_; }
  // Whether others than this machine can reach it.
  bool is_public() const { return is_public_; }

 private:
  struct Daemon;
  MetricsServer();

  Scrape scrape_;
  std::string url_;
  bool is_public_ = false;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_METRICS_SERVER_H_
