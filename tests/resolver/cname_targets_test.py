# SPDX-License-Identifier: BSD-3-Clause
"""What a CNAME leads to is judged as if the client had asked for it: whoever answers, from wherever,
and whatever was in Unbound's cache before."""

import collections
import contextlib
import threading

from resolver import *

NAMES = [
    "good A 203.0.113.1",
    "target A 203.0.113.2",
    "target AAAA 2001:db8::2",
    "alias CNAME target",
    "far CNAME alias",
    "passed CNAME target",
    "detour CNAME allowed",
    "allowed CNAME target",
    "sunk CNAME hole",
    "hole A 203.0.113.3",
    "shadow CNAME doubtful",
    "doubtful A 203.0.113.4",
    "nowhere CNAME missing",
    "harmless CNAME good",
    "tree DNAME grove",
    "x.grove A 203.0.113.5",
]

POLICIES = [
    policy("allow", action="pass", hosts=["passed.example", "allowed.example"]),
    policy("bad", hosts=["target.example", "missing.example", "x.grove.example"]),
    policy("hole", sinkhole=["192.0.2.7"], hosts=["hole.example"]),
    policy("trial", mode="shadow", hosts=["doubtful.example"]),
]


class CnameTargets(ResolverTestCase):
    zones = {"example": NAMES}
    policies = POLICIES

    def test_a_blocked_target_blocks_the_name_that_leads_to_it(self):
        self.assertBlocked(self.ask("alias.example"))

    def test_so_does_one_further_down_the_chain(self):
        self.assertBlocked(self.ask("far.example"))

    def test_a_target_that_does_not_exist_is_judged_too(self):
        self.assertBlocked(self.ask("nowhere.example"))

    def test_every_type_is_judged(self):
        self.assertBlocked(self.ask("alias.example", "AAAA"))
        self.assertBlocked(self.ask("alias.example", "TXT"))

    def test_who_asks_for_the_cname_itself_is_told_where_it_leads_no_more_than_others(self):
        self.assertBlocked(self.ask("alias.example", "CNAME"))

    def test_a_dname_leads_somewhere_as_well(self):
        self.assertBlocked(self.ask("x.tree.example"))

    def test_a_pass_for_the_name_that_was_asked_wins(self):
        response = self.ask("passed.example")
        self.assertEqual(response.answer[-1][0].to_text(), "203.0.113.2")

    def test_a_pass_for_an_earlier_target_wins_over_a_block_of_a_later_one(self):
        response = self.ask("detour.example")
        self.assertEqual(response.answer[-1][0].to_text(), "203.0.113.2")

    def test_a_sinkhole_answers_with_its_records_under_the_name_that_was_asked(self):
        response = self.ask("sunk.example")
        self.assertAnswers(response, "192.0.2.7")
        self.assertEqual(response.answer[0].name.to_text(), "sunk.example.")

    def test_a_rule_in_shadow_mode_changes_nothing(self):
        self.assertEqual(self.ask("shadow.example").answer[-1][0].to_text(), "203.0.113.4")

    def test_a_chain_that_nobody_minds_is_resolved_and_cached(self):
        for _ in range(2):
            self.assertEqual(self.ask("harmless.example").answer[-1][0].to_text(), "203.0.113.1")
        self.assertIn(("harmless.example", "A"), self.resolver.cached_questions())

    def test_what_is_blocked_lies_in_the_cache_for_the_module_alone(self):
        for _ in range(3):
            self.assertBlocked(self.ask("alias.example"))
        self.assertNotIn(("alias.example", "A"), self.resolver.cached_questions())
        self.assertIn(("alias.example", "A"), self.resolver.hidden_questions())

    def test_who_asks_in_the_class_of_hidden_answers_finds_none(self):
        self.assertBlocked(self.ask("alias.example"))
        response = self.ask("alias.example", rdclass=65372)
        self.assertNotEqual((response.rcode(), bool(response.answer)), (NOERROR, True))

    def test_a_pass_does_not_open_the_cache_for_the_target(self):
        self.ask("passed.example")
        self.assertBlocked(self.ask("target.example"))
        self.assertBlocked(self.ask("alias.example"))

    def test_a_chain_put_together_from_cached_records_is_judged(self):
        self.assertBlocked(self.ask("alias.example"))
        self.assertBlocked(self.ask("far.example"))
        self.assertNotIn(("far.example", "A"), self.resolver.cached_questions())

    def test_it_is_counted_as_a_decision_on_an_answer(self):
        before = self.decided_by_answer()
        self.assertBlocked(self.ask("alias.example"))
        self.assertEqual(self.decided_by_answer(), before + 1)

    def decided_by_answer(self):
        stats = self.resolver.tell("stats")
        return sum(thread["decided_by_answer"] for thread in stats["threads"])


class ANewDatabase(ResolverTestCase):
    zones = {"example": NAMES}
    policies = [policy("other", hosts=["other.example"])]
    resolver_keys = {"threads": 2}

    def in_force(self, policies, name, blocked):
        self.put(policies)
        self.wait_for(lambda: (self.ask(name).rcode() == NXDOMAIN) == blocked, "not in force")

    def test_a_chain_in_the_cache_is_swept_out_when_its_target_is_blocked_and_comes_back(self):
        other = policy("other", hosts=["other.example"])
        for _ in range(3):
            self.assertEqual(self.ask("far.example").answer[-1][0].to_text(), "203.0.113.2")
        self.assertIn(("far.example", "A"), self.resolver.cached_questions())
        # The mark is about another name, so that nobody asks for this one in the meantime.
        self.in_force([policy("bad", hosts=["target.example", "good.example"]), other], "good.example", True)
        self.assertNotIn(("far.example", "A"), self.resolver.cached_questions())
        for _ in range(5):
            self.assertBlocked(self.ask("far.example"))
        self.in_force([other], "good.example", False)
        for _ in range(3):
            self.assertEqual(self.ask("far.example").answer[-1][0].to_text(), "203.0.113.2")
        self.assertIn(("far.example", "A"), self.resolver.cached_questions())


class ExpiredAnswers(ResolverTestCase):
    zones = {"example": ["alias 1 CNAME target", "target 1 A 203.0.113.2", "mark A 203.0.113.1"]}
    policies = [policy("other", hosts=["other.example"])]
    resolver_keys = {"options": ["serve-expired: yes", "serve-expired-ttl: 3600"]}

    def test_an_expired_chain_in_the_cache_is_swept_out_too(self):
        self.assertEqual(self.ask("alias.example").rcode(), NOERROR)
        time.sleep(2.5)
        self.put([policy("bad", hosts=["target.example", "mark.example"])])
        self.wait_for(lambda: self.ask("mark.example").rcode() == NXDOMAIN, "not in force")
        for _ in range(5):
            self.assertBlocked(self.ask("alias.example"))


class AuthZones(ResolverTestCase):
    """Unbound has the zone itself, and answers its iterator from it."""

    policies = POLICIES

    @classmethod
    def start_resolver(cls, **keys):
        clauses = auth_zone_clause(cls.folder, "example", NAMES)
        return super().start_resolver(clauses=clauses, **keys)

    def test_answers_from_an_auth_zone_are_judged(self):
        for _ in range(3):
            self.assertBlocked(self.ask("far.example"))
        self.assertNotIn(("far.example", "A"), self.resolver.cached_questions())

    def test_and_cached_where_nobody_minds(self):
        for _ in range(2):
            self.assertEqual(self.ask("harmless.example").answer[-1][0].to_text(), "203.0.113.1")
        self.assertIn(("harmless.example", "A"), self.resolver.cached_questions())


class CountingAuthority(threading.Thread):
    """Answers from a zone, and counts who is asked for what."""

    def __init__(self, records):
        super().__init__(daemon=True)
        self.records = records
        self.asked = collections.Counter()
        self.address = "127.0.0.1"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                octets, client = self.socket.recvfrom(4096)
            except OSError:
                return  # stopped
            query = dns.message.from_wire(octets)
            name, rdtype = query.question[0].name.to_text().lower(), query.question[0].rdtype
            response = dns.message.make_response(query)
            response.flags |= dns.flags.AA
            text = dns.rdatatype.to_text(rdtype)
            self.asked[name, text] += 1
            for kind in (text, "CNAME"):
                if (name, kind) in self.records:
                    rrset = dns.rrset.from_text(name, 300, "IN", kind, self.records[name, kind])
                    response.answer.append(rrset)
                    break
            else:
                soa = "ns.invalid. nobody.invalid. 1 3600 1200 604800 60"
                response.authority = [dns.rrset.from_text("example.", 60, "IN", "SOA", soa)]
            with contextlib.suppress(OSError):
                self.socket.sendto(response.to_wire(), client)

    def stop(self):
        self.socket.close()


class Upstream(ResolverTestCase):
    policies = [policy("bad", hosts=["target.example"])]

    @classmethod
    def start_authority(cls, zones):
        authority = CountingAuthority(
            {
                ("alias.example.", "CNAME"): "target.example.",
                ("target.example.", "A"): "203.0.113.2",
                ("a.deep.example.", "A"): "203.0.113.3",
                ("b.deep.example.", "A"): "203.0.113.4",
            }
        )
        cls.addClassCleanup(authority.stop)
        return authority

    @classmethod
    def start_resolver(cls, **keys):
        clauses = f"stub-zone:\n  name: example\n  stub-addr: 127.0.0.1@{cls.authority.port}\n"
        return super().start_resolver(upstream=None, clauses=clauses, **keys)

    def test_what_is_blocked_by_its_answer_is_asked_upstream_once(self):
        for _ in range(5):
            self.assertBlocked(self.ask("alias.example"))
        self.assertEqual(self.authority.asked["alias.example.", "A"], 1)
        self.assertEqual(self.authority.asked["target.example.", "A"], 1)

    def test_steps_on_the_way_to_a_name_are_asked_once(self):
        self.assertAnswers(self.ask("a.deep.example"), "203.0.113.3")
        self.assertAnswers(self.ask("b.deep.example"), "203.0.113.4")
        steps = sum(count for (name, _), count in self.authority.asked.items() if name == "deep.example.")
        self.assertLessEqual(steps, 1)


if __name__ == "__main__":
    main()
