# SPDX-License-Identifier: BSD-3-Clause
"""tollgate who: the client behind an address or a name of a sinkhole."""

import unittest

from program import *

CONFIGURATION = """
    database: tollgate.db
    patient:
      key_file: patient.key
      sinkholes:
        - prefix: 2001:db8:5:1::/64
        - prefix: 198.51.100.0/24
          clients: 10.1.7.0/24
        - name: p.garden.example
    """


class Who(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("module.yaml", CONFIGURATION)
        self.write("patient.key", "0123456789abcdef0123456789abcdef")
        (self.folder / "patient.key").chmod(0o600)

    def who(self, *arguments, **keywords):
        return self.run_program("who", "--config", "module.yaml", *arguments, **keywords)

    def given(self, client):
        """What the client gets of each sinkhole."""
        result = self.assertDone(self.who("--of", client))
        self.assertTrue(all(line.endswith("\t" + client) for line in result.lines()), str(result))
        return [line.split("\t")[0] for line in result.lines()]

    def test_a_client_has_something_of_each_sinkhole_that_is_for_it(self):
        ipv6, ipv4, name = self.given("10.1.7.9")
        self.assertTrue(ipv6.startswith("2001:db8:5:1:"), ipv6)
        self.assertTrue(ipv4.startswith("198.51.100."), ipv4)
        self.assertRegex(name, r"^[0-9a-v]{32}\.p\.garden\.example$")
        self.assertEqual(len(self.given("192.0.2.1")), 2)

    def test_all_of_it_leads_back(self):
        given = self.given("10.1.7.9")
        result = self.assertDone(self.who(*given))
        self.assertEqual(result.lines(), [f"{one}\t10.1.7.9" for one in given])

    def test_of_an_ipv6_client_an_address_tells_the_network_and_a_name_all(self):
        ipv6, name = self.given("2001:db8:1:2::3")
        self.assertEqual(
            [line.split("\t")[1] for line in self.assertDone(self.who(ipv6, name)).lines()],
            ["2001:db8:1:2::/64", "2001:db8:1:2::3"],
        )

    def test_as_logs_write_it(self):
        ipv6, _, name = self.given("10.1.7.9")
        self.assertEqual(self.who("-", stdin=f"[{ipv6}]").lines(), [f"[{ipv6}]\t10.1.7.9"])
        for text in (ipv6.upper(), name.upper(), name + ".", "www.evil.example." + name):
            self.assertEqual(self.assertDone(self.who(text)).lines(), [f"{text}\t10.1.7.9"])

    def test_a_dash_reads_standard_input(self):
        ipv6, ipv4, name = self.given("10.1.7.9")
        result = self.assertDone(self.who("-", stdin=f"{ipv6}\n\n  {name}\n"))
        self.assertEqual(result.lines(), [f"{ipv6}\t10.1.7.9", f"{name}\t10.1.7.9"])

    def test_what_nobody_was_given_is_a_problem_and_hides_nothing(self):
        name = self.given("10.1.7.9")[2]
        result = self.who("192.0.2.1", name, "www.example.com", "a..b")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(
            result.lines(),
            ["192.0.2.1\t-", f"{name}\t10.1.7.9", "www.example.com\t-", "a..b\t-"],
        )

    def test_json(self):
        name = self.given("10.1.7.9")[2]
        result = self.who("--json", name, "example.com")
        self.assertEqual(
            result.json_lines(),
            [{"given": name, "client": "10.1.7.9"}, {"given": "example.com", "client": None}],
        )

    def test_another_key_knows_no_name(self):
        name = self.given("10.1.7.9")[2]
        (self.folder / "patient.key").write_text("another key of some length")
        self.assertStatus(self.who(name), PROBLEMS)

    def test_a_configuration_without_patient_says_what_to_do(self):
        self.write("module.yaml", "database: tollgate.db")
        result = self.who("192.0.2.1")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("'patient:'", result.stderr)

    def test_faults_of_the_configuration_have_a_place(self):
        self.write("module.yaml", "patient:\n  key_file: patient.key\n  sinkholes: [{prefix: 192.0.2.0/24}]\n")
        result = self.who("192.0.2.1")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("module.yaml:3:", result.stderr)

    def test_a_key_that_everybody_may_read_is_refused(self):
        (self.folder / "patient.key").chmod(0o644)
        result = self.who("192.0.2.1")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("chmod", result.stderr)

    def test_wrong_usage(self):
        self.assertStatus(self.who(), WRONG_USAGE)
        self.assertStatus(self.who("--of", "10.1.7.9", "192.0.2.1"), WRONG_USAGE)
        self.assertStatus(self.who("--of", "10.1.7.0/24"), WRONG_USAGE)

    def test_a_client_for_whom_no_sinkhole_is(self):
        for others in ("- prefix: 2001:db8:5:1::/64", "- name: p.garden.example"):
            text = (self.folder / "module.yaml").read_text()
            (self.folder / "module.yaml").write_text(text.replace(others, ""))
        self.assertStatus(self.who("--of", "192.0.2.1"), PROBLEMS)


if __name__ == "__main__":
    unittest.main()
