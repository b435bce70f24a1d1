# SPDX-License-Identifier: BSD-3-Clause
"""tollgate extract: indicators out of reports."""

import unittest

from program import *

REPORT = """
    A REPORT ON PARCELS

    REFERENCES:

    - https://blog.example.com/parcels

    The page impersonates post[.]com. They wrote from shop@example.net and sent letter.zip.

    INDICATORS:

    - usps. post.com-ic1[.]top
    - hxxps[:]//www.ca[.]info@bad(.)top:8443/us
    - www.bad[.]top
    - 81.17.23[.]125, 104.21.0[.]0/16 and 10.0.0[.]1
    - hxxps[:]//ads[.]net/?to=hxxps[:]//worse[.]top
    - github[.]io

    They rent from example.org.
    """


class Extract(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.write("report.txt", REPORT)

    def extract(self, *arguments, **keywords):
        return self.run_program("extract", "--public-suffix-list", str(SUFFIX_LIST), *arguments, **keywords)

    def found(self, *arguments, **keywords):
        return self.assertDone(self.extract(*arguments, **keywords))


class Draft(Extract):
    def draft(self, *arguments):
        result = self.found("report.txt", *arguments)
        (self.folder / "draft.yaml").write_text(result.stdout)
        return result.lines()

    def test_check_takes_it_as_it_is(self):
        self.draft()
        checked = self.assertDone(self.check("draft.yaml"))
        self.assertIn("draft.yaml: 1 policy, 3 names", checked.stdout)
        self.assertEqual(checked.stderr, "")

    def test_each_name_has_its_file_its_line_and_its_text(self):
        self.assertIn("  - usps.post.com-ic1.top  # report.txt:11  usps. post.com-ic1[.]top", self.draft())
        self.assertIn("  - bad.top  # report.txt:12  bad(.)top", self.draft())

    def test_it_names_the_report(self):
        lines = self.draft()
        self.assertIn("id: report", lines)
        self.assertIn('title: "Indicators from report.txt"', lines)
        self.assertIn('    title: "report.txt"', lines)

    def test_the_id_may_be_given(self):
        self.assertIn("id: parcels", self.draft("--id", "parcels"))

    def test_an_id_comes_of_any_file_name(self):
        for file, identity in [("2025-06-01 A Scam!.txt", "2025-06-01-a-scam"), ("...", "report"),
                               ("\u5831\u544a.txt", "report"), ("x" * 100, "x" * 63)]:
            with self.subTest(file=file):
                self.write(file, "evil[.]top\n")
                self.assertIn(f"id: {identity}", self.found(file).lines())
                (self.folder / "draft.yaml").write_text(self.found(file).stdout)
                self.assertDone(self.check("draft.yaml"))

    def test_what_a_person_must_decide_stands_in_comments(self):
        text = "\n".join(self.draft())
        self.assertIn("\n  # - example.org  # report.txt:18  example.org\n", text)
        self.assertIn("\n  # - ads.net  # report.txt:15  ads[.]net\n", text)
        self.assertIn("\n  # - github.io  # report.txt:16  github[.]io\n", text)
        self.assertIn("\n#   81.17.23.125  # report.txt:14  81.17.23[.]125\n", text)
        self.assertIn("\n#   104.21.0.0/16  # report.txt:14  104.21.0[.]0/16\n", text + "\n")
        self.assertIn("Addresses: others have names there too", text)

    def test_whom_others_imitate_is_no_domain(self):
        self.write("report.txt", "- irs[.]info\n- irs.info-tax[.]top\n- post[.]com\n- us.post.com-x[.]top\n")
        lines = self.draft()
        self.assertIn("  - irs.info-tax.top  # report.txt:2  irs.info-tax[.]top", lines)
        self.assertIn("  # - irs.info  # report.txt:1  irs[.]info", lines)
        self.assertIn("  # - post.com  # report.txt:3  post[.]com", lines)

    def test_all_takes_the_uncertain(self):
        self.assertIn("  - example.org  # report.txt:18  example.org", self.draft("--all"))
        self.assertDone(self.check("draft.yaml"))

    def test_duplicates_are_folded_with_their_places(self):
        self.write("report.txt", "evil[.]top\n" * 5)
        self.assertIn("  - evil.top  # report.txt:1  evil[.]top, report.txt:2, report.txt:3, and 2 more",
                      self.draft())

    def test_what_was_written_cannot_leave_its_comment(self):
        self.write("report.txt", "evil [.]\x0b top\nbad[\x85.\u2028]top\rworse[.]top\n- evil[.]top\n")
        self.draft()
        self.assertDone(self.check("draft.yaml"))

    def test_several_reports_make_one_draft(self):
        self.write("a/second.txt", "evil[.]top\nbad[.]top\n")
        lines = self.found("report.txt", "a/second.txt").lines()
        self.assertIn("  - id: report-2", lines)
        self.assertIn("  - bad.top  # report.txt:12  bad(.)top, second.txt:2", lines)
        self.assertIn("  - evil.top  # second.txt:1  evil[.]top", lines)


class Formats(Extract):
    def test_a_list_has_one_value_a_line(self):
        self.assertEqual(
            self.found("report.txt", "--format", "list").lines(),
            ["post.com", "usps.post.com-ic1.top", "bad.top", "www.bad.top", "81.17.23.125", "104.21.0.0/16",
             "ads.net", "worse.top", "github.io"],
        )

    def test_a_list_of_all_has_the_uncertain(self):
        self.assertIn("example.org", self.found("report.txt", "--format", "list", "--all").lines())

    def test_json_tells_everything(self):
        answer = self.found("report.txt", "--json").json()
        self.assertEqual(answer["reports"], ["report.txt"])
        self.assertEqual(answer["counts"], {"names": 7, "addresses": 1, "prefixes": 1, "mentions": 1})
        by_value = {f["value"]: f for f in answer["findings"]}
        self.assertEqual(
            by_value["usps.post.com-ic1.top"],
            {"kind": "name", "value": "usps.post.com-ic1.top", "certainty": "indicator", "style": "defanged",
             "public_suffix": False, "forwards": False,
             "places": [{"file": "report.txt", "line": 11, "column": 3, "written": "usps. post.com-ic1[.]top"}]},
        )
        self.assertEqual(by_value["example.org"]["certainty"], "mention")
        self.assertTrue(by_value["github.io"]["public_suffix"])
        self.assertTrue(by_value["ads.net"]["forwards"])
        self.assertEqual(by_value["104.21.0.0/16"]["kind"], "prefix")
        self.assertEqual(answer["left_out"]["reserved address"], 1)
        self.assertNotIn("omissions", answer)

    def test_json_with_verbose_lists_what_was_left_out(self):
        omissions = self.found("report.txt", "--json", "--verbose").json()["omissions"]
        self.assertIn({"reason": "reference link", "value": "blog.example.com", "file": "report.txt", "line": 5,
                       "column": 11, "written": "blog.example.com"}, omissions)

    def test_json_is_well_formed_whatever_the_report_holds(self):
        answer = self.found("-", "--json", stdin=b"\xff[.]\x00 evil[.]top \xe3\x80\"\\ a\x01b[.]com").json()
        self.assertIn("evil.top", [f["value"] for f in answer["findings"]])

    def test_a_hyphen_is_standard_input(self):
        result = self.found("-", stdin="evil[.]top\n")
        self.assertIn("  - evil.top  # standard input:1  evil[.]top", result.lines())


class Summary(Extract):
    def test_it_counts_on_standard_error(self):
        self.assertEqual(
            self.found("report.txt").stderr,
            "names: 7, addresses: 1, prefixes: 1, uncertain: 1\n"
            "left out: reference link 1, e-mail address 1, user information of a URL 1, no top-level domain 1, "
            "reserved address 1\n",
        )

    def test_verbose_says_where_and_why(self):
        lines = self.found("report.txt", "--verbose").stderr.splitlines()
        self.assertIn("report.txt:5:11: left out, reference link: blog.example.com", lines)
        self.assertIn("report.txt:14:39: left out, reserved address: 10.0.0[.]1", lines)

    def test_quiet_says_nothing(self):
        self.assertEqual(self.found("report.txt", "--quiet").stderr, "")


class Failures(Extract):
    def test_a_report_without_indicators_exits_with_1(self):
        self.write("report.txt", "Nothing but example.org and https://example.com/.\n")
        result = self.extract("report.txt")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")
        self.assertStatus(self.extract("report.txt", "--all"), DONE)

    def test_a_file_that_cannot_be_read_exits_with_1_and_writes_nothing(self):
        result = self.extract("report.txt", "nowhere.txt")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr,
                         "tollgate: cannot read nowhere.txt (No such file or directory); nothing was written\n")

    def test_wrong_usage_exits_with_2(self):
        for arguments in [[], ["report.txt", "--format", "xml"], ["report.txt", "--id", "Not An Id"]]:
            with self.subTest(arguments=arguments):
                self.assertStatus(self.extract(*arguments), WRONG_USAGE)

    def test_no_suffix_list_names_the_package(self):
        result = self.run_program("extract", "report.txt", "--public-suffix-list", "nowhere.dat")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("install the package 'publicsuffix'", result.stderr)

    def test_help_teaches(self):
        result = self.assertDone(self.run_program("extract", "--help"))
        for word in ("--format", "--all", "pdftotext", "Exit status"):
            self.assertIn(word, result.stdout)


if __name__ == "__main__":
    unittest.main()
