# SPDX-License-Identifier: BSD-3-Clause
"""The same policy zones in Unbound's own RPZ and in `tollgate query`: they say the same of every
name.

Where they are known to differ, that is a test of its own: Unbound sees an empty non-terminal only
where the name before the one asked for, in canonical order, lies below it. RFC 4592 and BIND see
all of them, and so do we."""

from resolver import *

HEAD = "$TTL 300\n@ SOA localhost. root.localhost. 1 3600 900 86400 60\n NS localhost.\n"
ACTIONS = {
    "CNAME .": "nxdomain",
    "CNAME *.": "nodata",
    "CNAME rpz-passthru.": "truth",
    "CNAME rpz-drop.": "drop",
    "A 192.0.2.7": "sinkhole",
}
TRUTH = "198.51.100.1"
# All names of up to three labels of two kinds, and what nobody lists.
LABELS = ("a", "b")


def below(base, depth):
    if depth == 0:
        return [base]
    return [base] + [name for label in LABELS for name in below(f"{label}.{base}", depth - 1)]


def random_zone(chance, bases):
    """A zone whose names leave no gap: whatever lies between two of them is listed too."""
    records = {}
    for base in bases:
        for owner in chance.sample(below(base, 3), 3):
            while True:
                records.setdefault(owner, chance.choice(list(ACTIONS)))
                if chance.random() < 0.5:
                    records.setdefault("*." + owner, chance.choice(list(ACTIONS)))
                if owner == base:
                    break
                owner = owner.split(".", 1)[1]
    return records


def zone_file(folder, name, records):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(HEAD + "".join(f"{owner} {data}\n" for owner, data in records.items()))
    return path


def query(folder, files, names):
    """What `tollgate query` says of each name, zones in this order."""
    manifest = os.path.join(folder, "rpz.yaml")
    database = os.path.join(folder, "rpz.db")
    with open(manifest, "w") as file:
        json.dump({"policies": [{"file": path, "syntax": "rpz"} for path in files]}, file)
    compile_command = [TOLLGATE, "compile", manifest, "-o", database]
    subprocess.run(compile_command, check=True, capture_output=True)
    result = subprocess.run(
        [TOLLGATE, "query", database, *names], capture_output=True, text=True, check=True
    )
    actions = [line.split("\t")[1] for line in result.stdout.splitlines()]
    return ["truth" if action in ("none", "pass") else action for action in actions]


class SameZones(ResolverTestCase):
    zones = {"": [f"* A {TRUTH}"]}
    chance = random.Random(20250601)
    bases = [f"evil{number}.test" for number in range(12)]

    @classmethod
    def prepare(cls):
        cls.zone_records = [random_zone(cls.chance, cls.bases) for _ in range(2)]
        cls.files = [
            zone_file(cls.folder, f"{number}.rpz", records)
            for number, records in enumerate(cls.zone_records)
        ]
        gap = {"*.gap.test": "CNAME .", "a.m.gap.test": "CNAME *."}
        cls.gap = zone_file(cls.folder, "gap.rpz", gap)

    @classmethod
    def start_resolver(cls, **keys):
        zones = "".join(
            f'rpz:\n  name: "{os.path.basename(path)}"\n  zonefile: "{path}"\n'
            for path in cls.files + [cls.gap]
        )
        # The module is loaded nowhere in it: this is Unbound alone.
        return super().start_resolver(
            modules="respip iterator",
            clauses=zones,
            options=["local-zone: test. nodefault"],
            **keys,
        )

    def answer(self, name):
        try:
            response = self.ask(name, timeout=SILENCE_SECONDS)
        except dns.exception.Timeout:
            return "drop"
        if response.rcode() == NXDOMAIN:
            return "nxdomain"
        self.assertEqual(response.rcode(), NOERROR, response)
        if not response.answer:
            return "nodata"
        return {TRUTH: "truth", "192.0.2.7": "sinkhole"}[response.answer[0][0].to_text()]

    def test_unbound_and_query_say_the_same_of_every_name(self):
        names = [name for base in self.bases for name in below(base, 3)]
        expected = query(self.folder, self.files, names)
        # Every name without an answer costs the test some time: a few of those are enough.
        dropped = [name for name, action in zip(names, expected) if action == "drop"]
        left_out = set(dropped[5:])
        different = []
        seen = set()
        for name, action in zip(names, expected):
            if name in left_out:
                continue
            seen.add(action)
            answer = self.answer(name)
            if answer != action:
                different.append(f"{name}: query says {action}, Unbound {answer}")
        self.assertEqual(different, [])
        self.assertEqual(seen, set(ACTIONS.values()))

    def test_an_empty_non_terminal_is_seen_wherever_it_stands(self):
        names = ["z.m.gap.test", "0.m.gap.test", "m.gap.test", "x.gap.test"]
        self.assertEqual(
            query(self.folder, [self.gap], names), ["truth", "truth", "truth", "nxdomain"]
        )
        # Unbound sees it from one side.
        self.assertEqual(
            [self.answer(name) for name in names], ["truth", "nxdomain", "nxdomain", "nxdomain"]
        )


if __name__ == "__main__":
    main()
