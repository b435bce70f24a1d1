// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/syntax.h"

#include "ruleset/source/adblock.h"
#include "ruleset/source/csv.h"
#include "ruleset/source/dnsmasq.h"
#include "ruleset/source/domain_list.h"
#include "ruleset/source/hosts.h"
#include "ruleset/source/misp.h"
#include "ruleset/source/rpz_zone.h"
#include "ruleset/source/stix.h"
#include "ruleset/source/unbound_conf.h"
#include "ruleset/source/url_list.h"
#include "ruleset/source/warninglist.h"

namespace tollgate::source {

void ReadFeed(Syntax syntax, std::string_view text, Feed& feed) {
  switch (syntax) {
    case Syntax::kCampaign:
      return;
    case Syntax::kDomains:
      return ReadDomainList(text, feed);
    case Syntax::kHosts:
      return ReadHosts(text, feed);
    case Syntax::kUrls:
      return ReadUrlList(text, feed);
    case Syntax::kAdblock:
      return ReadAdblock(text, feed);
    case Syntax::kDnsmasq:
      return ReadDnsmasq(text, feed);
    case Syntax::kUnbound:
      return ReadUnboundConf(text, feed);
    case Syntax::kRpz:
      return ReadRpzZone(text, feed);
    case Syntax::kCsv:
      return ReadCsv(text, feed);
    case Syntax::kStix:
      return ReadStix(text, feed);
    case Syntax::kMisp:
      return ReadMisp(text, feed);
    case Syntax::kWarninglist:
      return ReadWarninglist(text, feed);
  }
}

}  // namespace tollgate::source
