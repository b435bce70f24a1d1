// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/zone_text.h"

#include <arpa/inet.h>

// ldns defines bool, true and false as macros unless this came first.
#include <ldns/ldns.h>
#include <stdbool.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace tollgate::source {
namespace {

using UniqueRr = std::unique_ptr<ldns_rr, decltype(&ldns_rr_free)>;
using UniqueRdf = std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)>;

constexpr size_t kLongestRecord = 60000;  // octets of its text

absl::Status Bad(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

// RFC 6895 section 3.1: types of questions and of messages, not of data.
bool IsMeta(ldns_rr_type type) { return type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255); }

// Types that an answer made up by a filter cannot hold.
bool IsRefused(ldns_rr_type type) {
  if (IsMeta(type)) return true;
  switch (type) {
    case LDNS_RR_TYPE_SOA:
    case LDNS_RR_TYPE_NS:
    case LDNS_RR_TYPE_DNAME:
    case LDNS_RR_TYPE_RRSIG:
    case LDNS_RR_TYPE_NSEC:
    case LDNS_RR_TYPE_NSEC3:
    case LDNS_RR_TYPE_DNSKEY:
    case LDNS_RR_TYPE_DS:
      return true;
    default:
      return false;
  }
}

// The type that `text` names; 0 where it is none. ldns takes any number after "TYPE", and those of
// more than 16 bits would become other types.
ldns_rr_type TypeByName(const std::string& text) {
  uint32_t number = 0;
  if (absl::StartsWithIgnoreCase(text, "TYPE") &&
      (!absl::SimpleAtoi(text.substr(4), &number) || number > 0xffff)) {
    return static_cast<ldns_rr_type>(0);
  }
  return ldns_get_rr_type_by_name(text.c_str());
}

policy::Record ToRecord(const ldns_rr* rr) {
  policy::Record record;
  record.type = static_cast<uint16_t>(ldns_rr_get_type(rr));
  for (size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    const ldns_rdf* rdf = ldns_rr_rdf(rr, i);
    record.rdata.append(reinterpret_cast<const char*>(ldns_rdf_data(rdf)), ldns_rdf_size(rdf));
  }
  return record;
}

}  // namespace

absl::StatusOr<policy::Record> ParseSinkholeRecord(std::string_view view) {
  const std::string text(absl::StripAsciiWhitespace({view.data(), view.size()}));
  policy::Record record;
  uint8_t address[16];
  if (inet_pton(AF_INET, text.c_str(), address) == 1) {
    record.type = LDNS_RR_TYPE_A;
    record.rdata.assign(reinterpret_cast<const char*>(address), 4);
    return record;
  }
  if (inet_pton(AF_INET6, text.c_str(), address) == 1) {
    record.type = LDNS_RR_TYPE_AAAA;
    record.rdata.assign(reinterpret_cast<const char*>(address), 16);
    return record;
  }
  constexpr absl::string_view kForms =
      "write an address, or a type and its data such as 'TXT \"walled garden\"'";
  const size_t space = text.find_first_of(" \t");
  if (space == std::string::npos) return Bad(absl::StrCat("'", text, "' is no address; ", kForms));
  const ldns_rr_type type = TypeByName(text.substr(0, space));
  if (type == 0) {
    return Bad(absl::StrCat("'", text.substr(0, space), "' is no record type; ", kForms));
  }
  if (type == LDNS_RR_TYPE_CNAME) {
    return ParseSinkholeTarget(text.substr(text.find_first_not_of(" \t", space)));
  }
  if (IsRefused(type)) {
    return Bad(absl::StrCat("a record of type ", text.substr(0, space),
                            ", which a sinkhole cannot answer with"));
  }

  ldns_rr* parsed = nullptr;
  const std::string line = absl::StrCat("sinkhole. 0 IN ", text);
  const ldns_status status = ldns_rr_new_frm_str(&parsed, line.c_str(), 0, nullptr, nullptr);
  if (status != LDNS_STATUS_OK) {
    return Bad(absl::StrCat("not a valid ", text.substr(0, space), " record (",
                            ldns_get_errorstr_by_id(status), "); ", kForms));
  }
  const UniqueRr rr(parsed, &ldns_rr_free);
  return ToRecord(rr.get());
}

absl::StatusOr<policy::Record> ParseSinkholeTarget(std::string_view target) {
  const absl::string_view text(target.data(), target.size());
  uint8_t address[16];
  if (inet_pton(AF_INET, std::string(target).c_str(), address) == 1 ||
      inet_pton(AF_INET6, std::string(target).c_str(), address) == 1) {
    return Bad(absl::StrCat("'", text, "' is an address, and a CNAME leads to a name; write it as ",
                            "'sinkhole: [", text, "]'"));
  }
  const absl::StatusOr<dns::Name> name = dns::Name::FromText(target);
  if (!name.ok()) {
    return Bad(absl::StrCat("'", text, "' is no target of a CNAME: ", name.status().message()));
  }
  const size_t labels = name->label_count();
  // Policy zones say these actions so (RPZ draft section 3).
  if (labels == 0 || name->Text() == "\\*" || absl::StartsWith(name->Text(labels - 1), "rpz-")) {
    return Bad(absl::StrCat("'", text,
                            "' is no target of a CNAME; write what you mean as 'action: nxdomain', "
                            "nodata, pass or drop"));
  }
  policy::Record record;
  record.type = LDNS_RR_TYPE_CNAME;
  record.rdata.assign(reinterpret_cast<const char*>(name->wire().data()), name->wire().size());
  return record;
}

absl::StatusOr<policy::Record> ParseRecord(std::string_view text, const dns::Name& origin) {
  // ldns takes a C string, and looks at 65,535 octets of it.
  if (text.find('\0') != std::string_view::npos) return Bad("a NUL in a record");
  if (text.size() > kLongestRecord) return Bad("a record that is too long");
  const ldns_rr_type type = TypeByName(std::string(text.substr(0, text.find(' '))));
  if (type == 0) return Bad(kUnknownType);
  if (IsMeta(type)) return Bad("a type of questions, which no record has");
  const UniqueRdf origin_name(
      ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, origin.wire().size(), origin.wire().data()),
      &ldns_rdf_deep_free);
  ldns_rr* parsed = nullptr;
  const std::string line = absl::StrCat(". 0 IN ", absl::string_view(text.data(), text.size()));
  const ldns_status status =
      ldns_rr_new_frm_str(&parsed, line.c_str(), 0, origin_name.get(), nullptr);
  if (status != LDNS_STATUS_OK) {
    return Bad(
        absl::StrCat("data that its type cannot have (", ldns_get_errorstr_by_id(status), ")"));
  }
  const UniqueRr rr(parsed, &ldns_rr_free);
  return ToRecord(rr.get());
}

absl::StatusOr<uint16_t> ParseType(std::string_view text) {
  const ldns_rr_type type = TypeByName(std::string(text));
  if (type == 0) {
    return Bad(absl::StrCat("'", absl::string_view(text.data(), text.size()),
                            "' is no record type; write A, AAAA, HTTPS, TXT or the like"));
  }
  return static_cast<uint16_t>(type);
}

std::string TypeText(uint16_t type) {
  const std::unique_ptr<char, decltype(&std::free)> text(
      ldns_rr_type2str(static_cast<ldns_rr_type>(type)), &std::free);
  return text.get();
}

std::string RecordText(uint16_t type, std::string_view rdata) {
  // The record is put together in wire format and read back: ldns knows every type's own form.
  std::string wire("\0", 1);  // owner: the root
  auto put16 = [&](size_t value) {
    wire.push_back(static_cast<char>(value >> 8));
    wire.push_back(static_cast<char>(value));
  };
  put16(type);
  put16(LDNS_RR_CLASS_IN);
  put16(0);
  put16(0);  // TTL
  put16(rdata.size());
  wire += rdata;
  ldns_rr* parsed = nullptr;
  size_t at = 0;
  if (ldns_wire2rr(&parsed, reinterpret_cast<const uint8_t*>(wire.data()), wire.size(), &at,
                   LDNS_SECTION_ANSWER) != LDNS_STATUS_OK) {
    std::string text = absl::StrCat("TYPE", type, " \\# ", rdata.size(), " ");
    for (unsigned char octet : rdata) absl::StrAppend(&text, absl::Hex(octet, absl::kZeroPad2));
    return text;
  }
  const UniqueRr rr(parsed, &ldns_rr_free);
  std::string text = TypeText(type);
  for (size_t i = 0; i < ldns_rr_rd_count(rr.get()); ++i) {
    const std::unique_ptr<char, decltype(&std::free)> field(ldns_rdf2str(ldns_rr_rdf(rr.get(), i)),
                                                            &std::free);
    absl::StrAppend(&text, " ", field.get());
  }
  return text;
}

}  // namespace tollgate::source
