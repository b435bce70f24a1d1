// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/fetch.h"

#include <ctime>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ruleset/source/feed_file.h"
#include "ruleset/text/yaml.h"
#include "ruleset/update/crypto.h"
#include "ruleset/update/judge.h"
#include "ruleset/update/minisign.h"
#include "ruleset/update/schedule.h"
#include "ruleset/update/transfer.h"
#include "ruleset/update/web.h"

namespace tollgate::update {
namespace {

constexpr uint64_t kLargestSignature = 4096;
constexpr size_t kLargestZone = size_t{8} << 30;  // of a copy, which max_size has limited

double Random() {
  static thread_local std::mt19937 dice{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(dice);
}

WebRequest RequestFor(const source::Origin& origin, const std::string& url) {
  WebRequest request;
  request.url = url;
  request.max_size = origin.max_size;
  request.timeout = origin.timeout;
  request.proxy = origin.proxy;
  request.ca_file = origin.ca_file;
  return request;
}

// "https://x/list.txt?key=1" to "https://x/list.txt.minisig?key=1"
std::string SignatureUrl(const source::Origin& origin) {
  if (!origin.signature.empty()) return origin.signature;
  std::string url = origin.url;
  url.insert(std::min(url.find_first_of("?#"), url.size()), ".minisig");
  return url;
}

absl::Status CheckSignature(const source::Origin& origin, std::string_view contents) {
  const absl::StatusOr<MinisignKey> key = ParseMinisignKey(origin.minisign);
  if (!key.ok()) return key.status();
  WebRequest request = RequestFor(origin, SignatureUrl(origin));
  request.max_size = kLargestSignature;
  const absl::StatusOr<WebReply> reply = FetchFromWeb(request);
  if (!reply.ok()) {
    return absl::Status(reply.status().code(),
                        absl::StrCat("its signature: ", reply.status().message()));
  }
  const absl::StatusOr<MinisignSignature> signature = ParseMinisignSignature(reply->body);
  if (!signature.ok()) return signature.status();
  return CheckMinisign(*key, *signature, contents);
}

// What can be told of the contents before anybody reads them as rules.
absl::Status CheckContents(const source::Origin& origin, const Fetched& fetched,
                           const std::string& content_type) {
  if (!origin.sha256.empty() && fetched.sha256 != origin.sha256) {
    return absl::FailedPreconditionError(
        absl::StrCat("its SHA-256 is ", fetched.sha256, ", and the manifest has another"));
  }
  if (!origin.minisign.empty()) {
    if (absl::Status status = CheckSignature(origin, fetched.contents); !status.ok()) return status;
  }
  const absl::StatusOr<std::string> text = source::Unpacked(fetched.contents, origin.max_size);
  if (!text.ok()) return absl::FailedPreconditionError(text.status().message());
  if (text->empty()) return absl::FailedPreconditionError("it is empty");
  // Servers call many a list text/html; one with tags in front is.
  const bool is_called_page = absl::StartsWithIgnoreCase(content_type, "text/html");
  if (IsWebPage(*text) || (is_called_page && text->starts_with('<'))) {
    return absl::FailedPreconditionError("it is a web page, not a list");
  }
  return absl::OkStatus();
}

absl::StatusOr<Fetched> FetchUrl(const source::Origin& origin, const SourceState& known,
                                 bool anew) {
  WebRequest request = RequestFor(origin, origin.url);
  if (!anew && !known.sha256.empty()) {
    request.etag = known.etag;
    request.last_modified = known.last_modified;
  }
  absl::StatusOr<WebReply> reply = FetchFromWeb(request);
  if (!reply.ok()) return reply.status();
  Fetched fetched;
  fetched.unchanged = reply->not_modified;
  if (fetched.unchanged) return fetched;
  fetched.contents = std::move(reply->body);
  fetched.sha256 = Sha256Hex(fetched.contents);
  fetched.etag = std::move(reply->etag);
  fetched.last_modified = std::move(reply->last_modified);
  if (absl::Status status = CheckContents(origin, fetched, reply->content_type); !status.ok()) {
    return status;
  }
  return fetched;
}

absl::StatusOr<Fetched> FetchZone(const source::Origin& origin, const std::string& copy,
                                  bool anew) {
  std::optional<ZoneCopy> zone;
  if (!copy.empty()) {
    std::string reason;
    const std::optional<std::string> text = text::ReadFile(copy, kLargestZone, reason);
    absl::StatusOr<ZoneCopy> known = ZoneCopy::Parse(text.value_or(""));
    if (known.ok()) zone = *std::move(known);  // else it is transferred whole
  }
  absl::StatusOr<TransferReply> reply =
      TransferZone(origin, std::move(zone), anew, static_cast<uint64_t>(std::time(nullptr)));
  if (!reply.ok()) return reply.status();
  Fetched fetched;
  fetched.unchanged = reply->unchanged;
  if (fetched.unchanged) return fetched;
  fetched.contents = reply->zone.Text();
  fetched.sha256 = Sha256Hex(fetched.contents);
  fetched.serial = reply->zone.serial();
  return fetched;
}

absl::StatusOr<Fetched> FetchOnce(const source::Origin& origin, const SourceState& known,
                                  const std::string& copy, bool anew) {
  return origin.transfer ? FetchZone(origin, copy, anew) : FetchUrl(origin, known, anew);
}

}  // namespace

absl::StatusOr<Fetched> Fetch(const source::Origin& origin, const SourceState& known,
                              const std::string& copy, const FetchOptions& options) {
  for (uint32_t retry = 0;;) {
    absl::StatusOr<Fetched> fetched = FetchOnce(origin, known, copy, options.anew);
    if (fetched.ok() || !absl::IsUnavailable(fetched.status()) || retry == options.retries) {
      return fetched;
    }
    std::this_thread::sleep_for(RetryDelay(++retry, Random()));
  }
}

}  // namespace tollgate::update
