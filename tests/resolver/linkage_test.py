# SPDX-License-Identifier: BSD-3-Clause
"""What the module shows of itself, and what it needs of its host."""

from resolver import *

NM, READELF = program("nm"), program("readelf")


class Linkage(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.1"]}
    policies = [policy("bad", domains=["bad.example"])]
    # Looks up every function at once, where the module is loaded.
    resolver_keys = {"environment": {"LD_BIND_NOW": "1"}}

    def test_every_function_that_it_calls_exists(self):
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertBlocked(self.ask("bad.example"))

    def test_it_shows_unbounds_six_names_and_no_other(self):
        # Unbound loads modules with RTLD_GLOBAL.
        listing = subprocess.check_output([NM, "-D", "--defined-only", MODULE], text=True)
        shown = {line.split()[-1] for line in listing.splitlines()}
        self.assertEqual(
            shown, {"init", "deinit", "operate", "inform_super", "clear", "get_mem"}
        )

    def test_functions_are_looked_up_when_they_are_called(self):
        # So that it can be loaded, and step aside, where one of them is missing.
        dynamic = subprocess.check_output([READELF, "--dynamic", MODULE], text=True)
        self.assertNotRegex(dynamic, r"BIND_NOW|FLAGS_1.*NOW")


if __name__ == "__main__":
    main()
