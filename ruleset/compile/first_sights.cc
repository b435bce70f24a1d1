// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/first_sights.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "absl/status/status.h"
#include "ruleset/compile/parallel.h"
#include "ruleset/database/name_index.h"

namespace tollgate::compile {
namespace {

// "TOLLSEEN", version, number of policies, checksum of what follows.
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t policies;
  uint64_t checksum;
};
constexpr char kMagic[8] = {'T', 'O', 'L', 'L', 'S', 'E', 'E', 'N'};
constexpr uint32_t kVersion = 1;
constexpr uint64_t kHashSeed = 0;
constexpr size_t kSightOctets = 12;

template <typename T>
void Put(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Takes a value off `octets`; false where there are not enough of them.
template <typename T>
bool Take(std::string_view& octets, T& value) {
  if (octets.size() < sizeof(value)) return false;
  std::memcpy(&value, octets.data(), sizeof(value));
  octets.remove_prefix(sizeof(value));
  return true;
}

uint16_t Short(policy::Day day) {
  return static_cast<uint16_t>(std::min<policy::Day>(day, std::numeric_limits<uint16_t>::max()));
}

}  // namespace

absl::StatusOr<FirstSights> FirstSights::Parse(std::string_view octets) {
  const absl::Status bad = absl::DataLossError("is no file of first sights, or a damaged one");
  Header header;
  if (!Take(octets, header) || std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 ||
      header.version != kVersion || header.checksum != XXH3_64bits(octets.data(), octets.size())) {
    return bad;
  }
  FirstSights sights;
  for (uint32_t i = 0; i < header.policies; ++i) {
    uint64_t id_octets = 0;
    uint32_t compiled = 0;
    uint64_t count = 0;
    if (!Take(octets, id_octets) || octets.size() < id_octets) return bad;
    const std::string id(octets.substr(0, id_octets));
    octets.remove_prefix(id_octets);
    if (!Take(octets, compiled) || !Take(octets, count) || octets.size() / kSightOctets < count)
      return bad;
    Feed& feed = sights.feeds_[id];
    feed.compiled = compiled;
    std::vector<Sight>& known = feed.sights;
    known.resize(count);
    for (Sight& sight : known) {
      if (!Take(octets, sight.hash) || !Take(octets, sight.first) || !Take(octets, sight.last)) {
        return bad;
      }
    }
    auto by_hash = [](const Sight& a, const Sight& b) { return a.hash < b.hash; };
    if (!std::is_sorted(known.begin(), known.end(), by_hash)) return bad;
  }
  if (!octets.empty()) return bad;
  return sights;
}

std::string FirstSights::Serialize() const {
  std::string body;
  for (const auto& [id, feed] : feeds_) {
    Put<uint64_t>(id.size(), body);
    body += id;
    Put<uint32_t>(feed.compiled, body);
    Put<uint64_t>(feed.sights.size(), body);
    for (const Sight& sight : feed.sights) {
      Put(sight.hash, body);
      Put(sight.first, body);
      Put(sight.last, body);
    }
  }
  Header header{
      {}, kVersion, static_cast<uint32_t>(feeds_.size()), XXH3_64bits(body.data(), body.size())};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::string out;
  Put(header, out);
  return out + body;
}

void FirstSights::Merge(Feed& feed, std::vector<uint64_t> hashes, policy::Day today) {
  std::vector<Sight>& known = feed.sights;
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  std::vector<Sight> merged;
  merged.reserve(std::max(known.size(), hashes.size()));
  auto is_forgotten = [&](const Sight& sight) {
    return sight.last != Short(feed.compiled) && sight.last + kGrace < today;
  };
  auto old = known.begin();
  auto keep_old = [&] {
    if (!is_forgotten(*old)) merged.push_back(*old);
    ++old;
  };
  for (uint64_t hash : hashes) {
    while (old != known.end() && old->hash < hash) keep_old();
    Sight sight{hash, Short(today), Short(today)};
    if (old != known.end() && old->hash == hash) {
      if (!is_forgotten(*old)) sight.first = old->first;
      ++old;
    }
    merged.push_back(sight);
  }
  while (old != known.end()) keep_old();
  known = std::move(merged);
  feed.compiled = today;
}

void FirstSights::Apply(policy::Day today, policy::RuleModel& model) {
  std::vector<std::vector<uint64_t>> seen(model.policies.size());
  std::vector<const std::vector<Sight>*> sights_of(model.policies.size());
  auto policy_of = [&](const policy::NameTrigger& trigger) {
    return model.rules[trigger.rule].policy;
  };
  auto hash_of = [&](const policy::NameTrigger& trigger) {
    return database::HashName(model.NameOf(trigger), kHashSeed);
  };
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    const uint32_t policy = policy_of(trigger);
    if (model.policies[policy].terms.lifetime != 0) seen[policy].push_back(hash_of(trigger));
  }
  // What is no longer a policy with a lifetime is not worth keeping.
  std::map<std::string, Feed> kept;
  for (size_t i = 0; i < model.policies.size(); ++i) {
    const policy::Policy& policy = model.policies[i];
    if (policy.terms.lifetime == 0) continue;
    Feed& feed = kept[policy.id] = std::move(feeds_[policy.id]);
    Merge(feed, std::move(seen[i]), today);
    sights_of[i] = &feed.sights;
  }
  feeds_ = std::move(kept);

  ForEachPart(model.name_triggers.size(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      policy::NameTrigger& trigger = model.name_triggers[i];
      const uint32_t policy = policy_of(trigger);
      if (sights_of[policy] == nullptr) continue;
      const uint64_t hash = hash_of(trigger);
      const auto sight =
          std::lower_bound(sights_of[policy]->begin(), sights_of[policy]->end(), hash,
                           [](const Sight& known, uint64_t wanted) { return known.hash < wanted; });
      const policy::Day last = sight->first + model.policies[policy].terms.lifetime;
      trigger.expires = trigger.expires == policy::kNever ? last : std::min(trigger.expires, last);
    }
  });
}

}  // namespace tollgate::compile
