// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/dns/type_text.h"

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace tollgate::dns {
namespace {

struct TypeName {
  uint16_t type;
  std::string_view name;
};

// https://www.iana.org/assignments/dns-parameters, without what is marked experimental or obsolete
// and was never seen.
constexpr auto kTypes = std::to_array<TypeName>({
    {1, "A"},         {2, "NS"},          {3, "MD"},          {4, "MF"},       {5, "CNAME"},
    {6, "SOA"},       {7, "MB"},          {8, "MG"},          {9, "MR"},       {10, "NULL"},
    {11, "WKS"},      {12, "PTR"},        {13, "HINFO"},      {14, "MINFO"},   {15, "MX"},
    {16, "TXT"},      {17, "RP"},         {18, "AFSDB"},      {19, "X25"},     {20, "ISDN"},
    {21, "RT"},       {22, "NSAP"},       {23, "NSAP-PTR"},   {24, "SIG"},     {25, "KEY"},
    {26, "PX"},       {27, "GPOS"},       {28, "AAAA"},       {29, "LOC"},     {30, "NXT"},
    {33, "SRV"},      {35, "NAPTR"},      {36, "KX"},         {37, "CERT"},    {38, "A6"},
    {39, "DNAME"},    {41, "OPT"},        {42, "APL"},        {43, "DS"},      {44, "SSHFP"},
    {45, "IPSECKEY"}, {46, "RRSIG"},      {47, "NSEC"},       {48, "DNSKEY"},  {49, "DHCID"},
    {50, "NSEC3"},    {51, "NSEC3PARAM"}, {52, "TLSA"},       {53, "SMIMEA"},  {55, "HIP"},
    {59, "CDS"},      {60, "CDNSKEY"},    {61, "OPENPGPKEY"}, {62, "CSYNC"},   {63, "ZONEMD"},
    {64, "SVCB"},     {65, "HTTPS"},      {66, "DSYNC"},      {99, "SPF"},     {104, "NID"},
    {105, "L32"},     {106, "L64"},       {107, "LP"},        {108, "EUI48"},  {109, "EUI64"},
    {128, "NXNAME"},  {249, "TKEY"},      {250, "TSIG"},      {251, "IXFR"},   {252, "AXFR"},
    {253, "MAILB"},   {254, "MAILA"},     {255, "ANY"},       {256, "URI"},    {257, "CAA"},
    {258, "AVC"},     {260, "AMTRELAY"},  {261, "RESINFO"},   {262, "WALLET"}, {32768, "TA"},
    {32769, "DLV"},
});

}  // namespace

std::optional<uint16_t> TypeFromText(std::string_view text) {
  const absl::string_view word(text.data(), text.size());
  for (const TypeName& known : kTypes) {
    if (absl::EqualsIgnoreCase(word, absl::string_view(known.name.data(), known.name.size())))
      return known.type;
  }
  const absl::string_view digits = absl::StartsWithIgnoreCase(word, "TYPE") ? word.substr(4) : word;
  uint32_t number = 0;
  // SimpleAtoi takes signs and blanks too.
  if (digits.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(digits, &number) || number > UINT16_MAX) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(number);
}

std::string TypeText(uint16_t type) {
  for (const TypeName& known : kTypes) {
    if (known.type == type) return std::string(known.name);
  }
  return "TYPE" + std::to_string(type);
}

}  // namespace tollgate::dns
