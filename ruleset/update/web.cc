// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/web.h"

#include <curl/curl.h>

#include <memory>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ruleset/version.h"

namespace tollgate::update {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kMostRedirects = 5;
// A server that sends less than this for so long has stopped.
constexpr long kSlowOctets = 100;
constexpr long kSlowSeconds = 30;

struct Receiver {
  WebReply reply;
  uint64_t max_size = 0;
  bool too_large = false;
};

size_t TakeBody(char* octets, size_t, size_t size, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (receiver.reply.body.size() + size > receiver.max_size) {
    receiver.too_large = true;
    return 0;
  }
  receiver.reply.body.append(octets, size);
  return size;
}

size_t TakeHeader(char* octets, size_t, size_t size, void* user) {
  auto& reply = static_cast<Receiver*>(user)->reply;
  const absl::string_view line(octets, size);
  if (absl::StartsWith(line, "HTTP/")) {  // of a redirect before this
    reply.etag.clear();
    reply.last_modified.clear();
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return size;
  const absl::string_view name = line.substr(0, colon);
  const std::string value(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  constexpr size_t kLongest = 1024;  // it is sent back with every request
  if (value.size() > kLongest) return size;
  if (absl::EqualsIgnoreCase(name, "etag")) reply.etag = value;
  if (absl::EqualsIgnoreCase(name, "last-modified")) reply.last_modified = value;
  return size;
}

// What went wrong below HTTP.
absl::Status Fault(CURLcode code, const Receiver& receiver, const char* detail) {
  if (receiver.too_large || code == CURLE_FILESIZE_EXCEEDED) {
    return absl::ResourceExhaustedError(
        absl::StrCat("larger than max_size, ", receiver.max_size, " octets"));
  }
  const std::string why = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_BAD_CONTENT_ENCODING:
      return absl::FailedPreconditionError(why);
    default:
      return absl::UnavailableError(why);
  }
}

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void AddHeader(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return;
  (void)list.release();
  list.reset(longer);
}

}  // namespace

absl::StatusOr<WebReply> FetchFromWeb(const WebRequest& request) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, CloseHandle> owner(ready == CURLE_OK ? curl_easy_init() : nullptr);
  CURL* curl = owner.get();
  if (curl == nullptr) return absl::InternalError("libcurl does not start");

  Receiver receiver;
  receiver.max_size = request.max_size;
  char detail[CURL_ERROR_SIZE] = "";
  HeaderList headers;
  if (!request.etag.empty()) AddHeader(headers, "If-None-Match: " + request.etag);
  if (!request.last_modified.empty()) {
    AddHeader(headers, "If-Modified-Since: " + request.last_modified);
  }
  const bool secure = absl::StartsWithIgnoreCase(request.url, "https:");
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can undo
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "tollgate/" TOLLGATE_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(request.timeout));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowOctets);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_size));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiver);
  if (!request.proxy.empty()) curl_easy_setopt(curl, CURLOPT_PROXY, request.proxy.c_str());
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());

  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return Fault(code, receiver, detail);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) receiver.reply.content_type = type;
  if (status == 304 && headers != nullptr) {
    receiver.reply.not_modified = true;
    receiver.reply.body.clear();
    return std::move(receiver.reply);
  }
  if (status == 200) return std::move(receiver.reply);
  const std::string why = absl::StrCat("HTTP status ", status);
  if (status == 429 || status >= 500) return absl::UnavailableError(why);
  return absl::NotFoundError(why);
}

}  // namespace tollgate::update
