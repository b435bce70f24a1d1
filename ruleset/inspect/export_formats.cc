// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/export_formats.h"

#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ruleset/dns/type.h"
#include "ruleset/policy/action.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::inspect {
namespace {

using policy::Action;

// A record as "A 192.0.2.1".
std::string TextOf(const RecordView& record) {
  return source::RecordText(
      record.type, {reinterpret_cast<const char*>(record.rdata.data()), record.rdata.size()});
}

// The RDATA of `text`.
std::string_view RdataOf(std::string_view text) {
  return text.substr(text.find_first_of(" \t") + 1);
}

template <typename Take>
void ForEachRecord(const AnswerView& answer, Take take) {
  std::span<const uint8_t> records = answer.records;
  for (RecordView record; NextRecord(records, record);) take(record);
}

// The addresses of a sinkhole; `others` says whether it has records besides.
std::vector<std::string> AddressesOf(const AnswerView& answer, bool& others) {
  std::vector<std::string> addresses;
  others = false;
  ForEachRecord(answer, [&](const RecordView& record) {
    if (record.type == dns::kTypeA || record.type == dns::kTypeAaaa) {
      addresses.emplace_back(RdataOf(TextOf(record)));
    } else {
      others = true;
    }
  });
  return addresses;
}

// Whether every octet stands for itself: no escapes, which most tools do not know.
bool IsPlainText(std::string_view name) {
  return name.find('\\') == std::string_view::npos && name != ".";
}

// RPZ (draft-vixie-dnsop-dns-rpz-00). Owners are relative, so that the zone may have any name.
class RpzWriter : public FormatWriter {
 public:
  explicit RpzWriter(FormatContext& context) : context_(context) {}

  void WriteHeader(std::string& out) override {
    absl::StrAppend(
        &out, "; tollgate export --format rpz\n$TTL ", kTtl, "\n@ SOA localhost. nobody.invalid. ",
        static_cast<uint32_t>(context_.rules.created()), " 3600 1200 604800 60\n@ NS localhost.\n");
  }

  void WriteName(const dns::Name& name, const NameEffects& effects, std::string& out) override {
    if (effects.says_nothing()) return;
    if (!CanBeOwner(name)) {
      const Effect& loss = effects.at.blocks ? effects.at : effects.below;
      context_.Miss(loss.blocks ? ExportGap::kText : ExportGap::kException,
                    loss.rule != policy::kNoRule ? loss : effects.above);
      return;
    }
    const bool under = effects.above.blocks;
    if (under) WriteNamesBetween(name, out);
    const std::string text = name.Text();
    WriteLine(text, effects.at, under, out);
    WriteLine("*." + text, effects.below, under, out);
    const Effect& decides = effects.at.blocks ? effects.at : effects.below;
    if (decides.blocks) {
      ++context_.CountsOf(decides).blocks;
    } else {
      // Where no rule lets it pass, but a name of a zone stops a wildcard, that is the wildcard's.
      ++context_.CountsOf(effects.at.rule != policy::kNoRule ? effects.at : effects.above).passes;
    }
  }

 private:
  static constexpr uint32_t kTtl = 60;
  static constexpr size_t kMostOctets = 200;  // what is left to 255 is for the zone's own name

  static bool CanBeOwner(const dns::Name& name) {
    if (name.wire().size() > kMostOctets) return false;
    for (size_t label = 0; label < name.label_count(); ++label) {
      const std::span<const uint8_t> suffix = name.Suffix(label);
      if (suffix[0] == 1 && suffix[1] == '*') return false;  // would be a wildcard
    }
    return true;
  }

  // A wildcard does not reach what is below a name that exists, and every owner makes the names
  // above it exist (RFC 4592 sections 2.2.2 and 3.3.1). Those that are no owners yet are written
  // with what the wildcard says.
  void WriteNamesBetween(const dns::Name& name, std::string& out) {
    for (size_t label = 1; label < name.label_count(); ++label) {
      const std::optional<dns::Name> between = dns::Name::FromWire(name.Suffix(label));
      const NameEffects effects = context_.effects.EffectsOf(*between);
      if (!effects.at.blocks || !effects.says_nothing()) return;
      const std::string text = between->Text();
      if (!between_.insert(text).second) return;
      WriteLine(text, effects.at, false, out);
      WriteLine("*." + text, effects.at, false, out);
    }
  }

  void WriteLine(const std::string& owner, const Effect& effect, bool under_a_block,
                 std::string& out) {
    if (!effect.blocks) {
      if (under_a_block) absl::StrAppend(&out, owner, " CNAME rpz-passthru.\n");
      return;
    }
    const AnswerView answer = context_.rules.Answer(effect.rule);
    const std::string start = answer.ttl == kTtl ? owner : absl::StrCat(owner, " ", answer.ttl);
    switch (answer.action) {
      case Action::kNodata:
        absl::StrAppend(&out, start, " CNAME *.\n");
        return;
      case Action::kDrop:
        absl::StrAppend(&out, start, " CNAME rpz-drop.\n");
        return;
      case Action::kTruncate:
        absl::StrAppend(&out, start, " CNAME rpz-tcp-only.\n");
        return;
      case Action::kSinkhole:
        ForEachRecord(answer, [&](const RecordView& record) {
          absl::StrAppend(&out, start, " ", TextOf(record), "\n");
        });
        return;
      case Action::kRefused:  // RPZ has no such action
        context_.Miss(ExportGap::kAnswer, effect);
        [[fallthrough]];
      case Action::kNxdomain:
      case Action::kPass:
        absl::StrAppend(&out, start, " CNAME .\n");
    }
  }

  FormatContext& context_;
  std::unordered_set<std::string> between_;  // written by WriteNamesBetween
};

// hosts(5): names alone, with addresses.
class HostsWriter : public FormatWriter {
 public:
  explicit HostsWriter(FormatContext& context) : context_(context) {}

  void WriteHeader(std::string& out) override { out += "# tollgate export --format hosts\n"; }

  void WriteName(const dns::Name& name, const NameEffects& effects, std::string& out) override {
    if (effects.below.blocks && !Same(effects.below, effects.above)) {
      context_.Miss(ExportGap::kBelow, effects.below);
    }
    if (!effects.at.blocks) return;
    const std::string text = name.Text();
    if (!IsPlainText(text)) return context_.Miss(ExportGap::kText, effects.at);
    const AnswerView answer = context_.rules.Answer(effects.at.rule);
    bool others = false;
    std::vector<std::string> addresses;
    if (answer.action == Action::kSinkhole) {
      addresses = AddressesOf(answer, others);
      if (others || addresses.empty()) context_.Miss(ExportGap::kAnswer, effects.at);
    }
    if (addresses.empty()) addresses = {"0.0.0.0"};
    for (const std::string& address : addresses) absl::StrAppend(&out, address, " ", text, "\n");
    ++context_.CountsOf(effects.at).blocks;
  }

 private:
  FormatContext& context_;
};

// Formats whose one thing to say is a name with everything below it.
class DomainWriter : public FormatWriter {
 public:
  explicit DomainWriter(FormatContext& context) : context_(context) {}

  void WriteName(const dns::Name& name, const NameEffects& effects, std::string& out) override {
    const Effect& at = effects.at;
    const Effect& below = effects.below;
    const std::string text = name.Text();
    if (!CanWrite(text)) {
      if (at.blocks || below.blocks) context_.Miss(ExportGap::kText, at.blocks ? at : below);
      if (effects.above.blocks && !at.blocks) Except(ExportGap::kException, effects);
      return;
    }
    if (at.blocks && below.blocks) {
      if (!Same(at, below)) context_.Miss(ExportGap::kAnswer, at);
      WriteBlock(text, below, out);
      ++context_.CountsOf(at).blocks;
    } else if (effects.above.blocks) {
      // A part of what is blocked passes: the name, what is below it, or both.
      WriteException(text, effects, out);
    } else if (at.blocks) {
      WriteAlone(text, at, out);
    } else if (below.blocks) {
      context_.Miss(ExportGap::kBelow, below);
    }
  }

 protected:
  virtual bool CanWrite(const std::string& name) const { return IsPlainText(name); }
  virtual void WriteBlock(const std::string& name, const Effect& effect, std::string& out) = 0;
  // Lets a name pass with everything below it. False where the format has no way to say so.
  virtual bool WritePass(const std::string& name, std::string& out) = 0;
  // Blocks a name alone. False where the format has no way to say so.
  virtual bool WriteHost(const std::string&, const Effect&, std::string&) { return false; }

  FormatContext& context_;

 private:
  void WriteAlone(const std::string& name, const Effect& at, std::string& out) {
    if (!WriteHost(name, at, out)) {
      if (!context_.widen) return context_.Miss(ExportGap::kAlone, at);
      WriteBlock(name, at, out);
      context_.Miss(ExportGap::kWidened, at);
    }
    ++context_.CountsOf(at).blocks;
  }

  void WriteException(const std::string& name, const NameEffects& effects, std::string& out) {
    if (!WritePass(name, out)) return Except(ExportGap::kException, effects);
    if (effects.at.blocks != effects.below.blocks) Except(ExportGap::kPassWidened, effects);
    ++context_.CountsOf(Passing(effects)).passes;
  }

  // The rule that lets pass; where there is none, because a zone's name stops a wildcard, the
  // wildcard's.
  static const Effect& Passing(const NameEffects& effects) {
    const Effect& passing = effects.at.blocks ? effects.below : effects.at;
    return passing.rule != policy::kNoRule ? passing : effects.above;
  }
  void Except(ExportGap gap, const NameEffects& effects) { context_.Miss(gap, Passing(effects)); }
};

class PlainWriter : public DomainWriter {
 public:
  using DomainWriter::DomainWriter;
  void WriteHeader(std::string& out) override { out += "# tollgate export --format domains\n"; }

 protected:
  void WriteBlock(const std::string& name, const Effect&, std::string& out) override {
    absl::StrAppend(&out, name, "\n");
  }
  bool WritePass(const std::string&, std::string&) override { return false; }
};

// dnsmasq(8), --address and --server.
class DnsmasqWriter : public DomainWriter {
 public:
  using DomainWriter::DomainWriter;
  void WriteHeader(std::string& out) override { out += "# tollgate export --format dnsmasq\n"; }

 protected:
  void WriteBlock(const std::string& name, const Effect& effect, std::string& out) override {
    const AnswerView answer = context_.rules.Answer(effect.rule);
    bool others = false;
    const std::vector<std::string> addresses = AddressesOf(answer, others);
    if (answer.action != Action::kNxdomain && (addresses.empty() || others)) {
      context_.Miss(ExportGap::kAnswer, effect);
    }
    // Without an address: NXDOMAIN.
    if (addresses.empty()) absl::StrAppend(&out, "address=/", name, "/\n");
    for (const std::string& address : addresses) {
      absl::StrAppend(&out, "address=/", name, "/", address, "\n");
    }
  }
  bool WritePass(const std::string& name, std::string& out) override {
    absl::StrAppend(&out, "server=/", name, "/#\n");
    return true;
  }
};

// unbound.conf(5), local-zone and local-data.
class UnboundWriter : public DomainWriter {
 public:
  using DomainWriter::DomainWriter;
  void WriteHeader(std::string& out) override {
    out += "# tollgate export --format unbound\nserver:\n";
  }

 protected:
  // Its own parser knows escapes; its configuration file has no way to write a quote.
  bool CanWrite(const std::string& name) const override {
    return name.find_first_of("\"'") == std::string::npos;
  }

  void WriteBlock(const std::string& name, const Effect& effect, std::string& out) override {
    const AnswerView answer = context_.rules.Answer(effect.rule);
    if (answer.action == Action::kTruncate) context_.Miss(ExportGap::kAnswer, effect);
    WriteZone(name, answer.record_count == 0 ? TypeFor(answer.action) : "redirect", out);
    WriteData(name, answer, out);
  }

  bool WritePass(const std::string& name, std::string& out) override {
    WriteZone(name, "always_transparent", out);
    return true;
  }

  // A transparent zone answers for the names that it has data for, and for no others.
  bool WriteHost(const std::string& name, const Effect& effect, std::string& out) override {
    const AnswerView answer = context_.rules.Answer(effect.rule);
    if (answer.record_count == 0) return false;
    WriteZone(name, "transparent", out);
    WriteData(name, answer, out);
    return true;
  }

 private:
  static const char* TypeFor(Action action) {
    switch (action) {
      case Action::kRefused:
        return "always_refuse";
      case Action::kDrop:
        return "always_deny";
      case Action::kNodata:
      case Action::kSinkhole:
        return "always_nodata";
      case Action::kNxdomain:
      case Action::kPass:
      case Action::kTruncate:
        break;
    }
    return "always_nxdomain";
  }

  static void WriteZone(const std::string& name, const char* type, std::string& out) {
    absl::StrAppend(&out, "local-zone: \"", name, name == "." ? "\" " : ".\" ", type, "\n");
  }

  static void WriteData(const std::string& name, const AnswerView& answer, std::string& out) {
    ForEachRecord(answer, [&](const RecordView& record) {
      std::string text = TextOf(record);
      for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos;) {
        text.replace(at, 1, "\\039");
      }
      absl::StrAppend(&out, "local-data: '", name, name == "." ? " " : ". ", answer.ttl, " IN ",
                      text, "'\n");
    });
  }
};

}  // namespace

std::unique_ptr<FormatWriter> NewFormatWriter(ExportFormat format, FormatContext& context) {
  switch (format) {
    case ExportFormat::kRpz:
      return std::make_unique<RpzWriter>(context);
    case ExportFormat::kHosts:
      return std::make_unique<HostsWriter>(context);
    case ExportFormat::kDomains:
      return std::make_unique<PlainWriter>(context);
    case ExportFormat::kDnsmasq:
      return std::make_unique<DnsmasqWriter>(context);
    case ExportFormat::kUnbound:
      break;
  }
  return std::make_unique<UnboundWriter>(context);
}

}  // namespace tollgate::inspect
