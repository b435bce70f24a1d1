# SPDX-License-Identifier: BSD-3-Clause
"""Several threads of Unbound, many clients at once."""

import concurrent.futures

from resolver import *

CLIENTS = 8
QUERIES = 300  # of each client


class Threads(ResolverTestCase):
    zones = {"example": [f"good{number} A 203.0.113.{number}" for number in range(1, 51)]}
    policies = [
        policy("bad", domains=["bad.example"]),
        policy(
            "smishing",
            patterns=[
                {
                    "id": "com-hyphen",
                    "meaning": "com- and letters",
                    "match": "com-[a-z0-9]+",
                    "suffixes": ["top"],
                }
            ],
        ),
    ]
    resolver_keys = {"threads": 4, "options": ["so-reuseport: yes"]}

    def ask_many(self, seed):
        """Asks names of three kinds in any order. A new port for each query lands on any thread."""
        chance = random.Random(seed)
        for _ in range(QUERIES):
            number = chance.randrange(1, 51)
            kind = chance.randrange(3)
            if kind == 0:
                self.assertBlocked(self.ask(f"{number}.bad.example"))
            elif kind == 1:
                self.assertBlocked(self.ask(f"com-{chance.randrange(10**9)}.top"))
            else:
                self.assertAnswers(self.ask(f"good{number}.example"), f"203.0.113.{number}")

    def test_every_client_gets_its_own_answers(self):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for result in [pool.submit(self.ask_many, seed) for seed in range(CLIENTS)]:
                result.result()

    def test_threads_beyond_num_threads_filter_too(self):
        # With so-reuseport, Unbound cannot reduce its threads at a reload.
        self.resolver.write_configuration(**{**self.resolver.parts, "threads": 1})
        self.resolver.reload()
        self.assertIn("continuing with 4 threads", self.resolver.log())
        for number in range(100):
            self.assertBlocked(self.ask(f"{number}.bad.example"))


if __name__ == "__main__":
    main()
