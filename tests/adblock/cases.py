# SPDX-License-Identifier: BSD-3-Clause
"""Rules made up from the whole of AdGuard's DNS filtering syntax, and names that they are about.

What is left to differences.golden is not made up here: see its first lines.
"""

import random
import re

WORDS = ["ads", "track", "banner", "stat", "pixel", "metric", "promo", "beacon"]
SITES = ["shop", "news", "forum", "video", "bank-of-x", "mail2", "w3b", "cdn"]
SUFFIXES = ["org", "net", "com", "info", "top", "co.uk", "example"]
TYPES = ["A", "AAAA", "TXT", "MX", "HTTPS"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, choices):
        return self.random.choice(choices)

    def domain(self):
        return f"{self.pick(SITES)}-{self.pick(WORDS)}.{self.pick(SUFFIXES)}"

    def pattern(self, domain, word):
        site, _, suffix = domain.partition(".")
        return self.pick(
            4 * [f"||{domain}^", f"||{word}.{domain}^"]
            + [
                f"||{domain}",
                f"||{domain}|",
                f"||{domain}^*",
                f"|{domain}^",
                f"|{word}.{domain}|",
                f"{domain}^",
                f"{domain}|",
                f".{domain}^",
                f"://{domain}^",
                f"http://{word}.{domain}^",
                f"https://{domain}^",
                f"||*.{domain}^",
                f"*.{domain}^",
                f"*{domain}^",
                f"||{word}*.{domain}^",
                f"||{word}*^",
                f"||{site}.*^",
                f"||{site}*{suffix}^",
                f"||{site}",
                f"|{word}.",
                f"-{word}-",
                f"-{word}.",
                f".{word}.",
                f"/{word}.",
                f"*{word}*{site}*",
                f"{word}*.{suffix}|",
                f"||{domain}/{word}/",
                f"||{domain}^{word}",
                f"^{domain}^",
                f"/{word}[0-9]+/",
                f"/^{word}\\./",
                f"/^{word}[a-z]{{2,}}\\d*\\./",
                f"/(^|\\.){re.escape(domain)}$/",
                f"/^(.*\\.|.*:\\/\\/)?{site}\\.{re.escape(suffix)}(\\/.*)?$/",
                f"/^(https?|tcp)://{word}\\d/",
                f"/{word.upper()}\\d\\d/",
            ]
        )

    def modifiers(self, domain, word):
        """What narrows a rule or raises it: often nothing."""
        return self.pick(
            8 * [[]]
            + 4 * [["important"]]
            + [
                ["dnstype=A"],
                ["dnstype=AAAA|HTTPS"],
                ["dnstype=~A"],
                ["dnstype=~A|~AAAA"],
                ["dnstype=TXT", "important"],
                [f"denyallow={word}.{domain}"],
                [f"denyallow=www.{domain}|{word}.{domain}", "important"],
                [f"denyallow={self.domain()}"],
            ]
        )

    def rewrite(self):
        return self.pick(
            [
                ["192.0.2.1"],
                ["2001:db8::1"],
                ["NXDOMAIN"],
                ["REFUSED"],
                ["NOERROR"],
                ["NOERROR;;"],
                ["NXDOMAIN;;"],
                ["NOERROR;A;192.0.2.7"],
                ["NOERROR;AAAA;2001:db8::7"],
                ["NOERROR;TXT;hello_world"],
                ["192.0.2.1", "192.0.2.2"],
                ["192.0.2.1", "NOERROR;AAAA;2001:db8::1"],
                ["192.0.2.1", "REFUSED"],
                ["other.example"],
                ["NOERROR;CNAME;other.example", "192.0.2.9"],
            ]
        )

    def rule(self, domain, word):
        kind = self.random.random()
        if kind < 0.12:  # what is not for DNS, and comments
            return [
                self.pick(
                    [
                        f"{domain}##.banner",
                        f"{domain}#@#.banner",
                        f"{domain}#$#body {{ display: none }}",
                        f"{domain}#?#div:has(> a)",
                        f"||{domain}^$third-party",
                        f"||{domain}^$~third-party",
                        f"||{domain}^$script",
                        f"||{domain}^$image,important",
                        f"||{domain}^$popup",
                        f"||{domain}^$all",
                        f"||{domain}^$domain={self.domain()}",
                        f"||{domain}^$no-such-modifier",
                        f"||{domain}^$match-case",
                        f"! ||{domain}^",
                        f"# ||{domain}^",
                        f"||{domain}^$client=192.0.2.55",
                        f"||{domain}^$ctag=device_pc",
                        f"||{domain}^$dnstype=NOSUCHTYPE",
                    ]
                )
            ]
        if kind < 0.24:  # as in a hosts file
            return [
                self.pick(
                    [
                        f"{domain}",
                        f"0.0.0.0 {domain}",
                        f"127.0.0.1 {domain} {word}.{domain}",
                        f":: {domain} # a comment",
                        f"192.0.2.5 {word}.{domain}",
                        f"2001:db8::5 {domain}",
                    ]
                )
            ]
        exception = self.pick(["", "", "@@"])
        pattern = self.pattern(domain, word)
        if kind < 0.36:  # answers; overlapping ones are summed by AdGuard and not by Tollgate
            target = self.pick([f"||{domain}^", f"|{domain}^", f"||{word}.{domain}^", f"||{word}*.{domain}^"])
            values = self.rewrite()
            rules = [f"{target}$dnsrewrite={value}" for value in values]
            if self.random.random() < 0.3:
                rules[0] += ",important"
            if self.random.random() < 0.3:
                rules.append(f"@@||{self.pick([domain, word + '.' + domain])}^$dnsrewrite")
            if self.random.random() < 0.3:
                rules.append(f"@@{target}$dnsrewrite={values[0]}{self.pick(['', ',important'])}")
            return rules
        modifiers = self.modifiers(domain, word)
        rule = exception + pattern + ("$" + ",".join(modifiers) if modifiers else "")
        if kind < 0.46:
            negated = [*modifiers, "badfilter"]
            self.random.shuffle(negated)
            return [rule, f"{exception}{pattern}${','.join(negated)}"]
        return [rule]

    def ruleset(self):
        """(rules, [(name, type), …])"""
        domains = [self.domain() for _ in range(self.pick([1, 2, 3]))]
        rules, names, rewritten, hosted = [], [], set(), set()
        for _ in range(self.random.randrange(3, 11)):
            domain, word = self.pick(domains), self.pick(WORDS)
            made = self.rule(domain, word)
            if "dnsrewrite" in made[0]:
                if domain in rewritten:
                    continue
                rewritten.add(domain)
            if re.match(r"[0-9:]|[a-z0-9.-]+$", made[0]):  # a line of a hosts file
                if domain in hosted:  # names that go to an address and to nowhere are a difference
                    continue
                hosted.add(domain)
            rules += made
            names += self.names(domain, word)
        self.random.shuffle(rules)
        names = sorted(set(names))
        asked = [(name, self.pick(TYPES[:2])) for name in self.random.sample(names, min(14, len(names)))]
        asked += [(name, self.pick(TYPES)) for name in self.random.sample(names, min(6, len(names)))]
        return rules, sorted(set(asked))

    def names(self, domain, word):
        site, _, suffix = domain.partition(".")
        return [
            domain,
            f"www.{domain}",
            f"{word}.{domain}",
            f"a.{word}.{domain}",
            f"not{domain}",
            f"{domain}.{self.domain()}",
            f"{word}12.{domain}",
            f"x-{word}-y.{domain}",
            f"{site}.{self.pick(SUFFIXES)}",
            f"{word}.{self.domain()}",
            f"{word}zz9.{suffix}",
        ]


def names_of(line):
    """Names that a line of a list may be about: the name in it, one below it, the one above it, and two beside it."""
    found = re.findall(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+", line)
    names = set()
    for name in found[:4]:
        name = name.lower()
        names |= {name, f"sub.{name}", f"not{name}", f"{name}.sibling.example"}
        if name.count(".") > 1:
            names.add(name.partition(".")[2])
            names.add(f"sibling.{name.partition('.')[2]}")
    return {name for name in names if not re.search(r"\.\d+$", name) and not re.search(r"(^|\.)-|-(\.|$)", name)}


def as_text(rulesets):
    """The form of judged.golden, without verdicts."""
    lines = []
    for rules, asked in rulesets:
        lines += ["--- rules", *rules, "--- names", *(f"{name} {qtype}" for name, qtype in asked)]
    return "\n".join(lines) + "\n"
