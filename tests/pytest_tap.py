"""A plugin for pytest that reports in TAP, a line a test as it ends.

A test is one line, whatever its phases: it passed only if setting up, the
test and clearing up all did.  The lines go to descriptor 3, for the standard
output is captured while a test runs.
"""

import os


class Tap:
    def __init__(self):
        self.out = os.fdopen(3, "w")
        self.number = 0
        self.skipped = []       # files that are skipped as a whole
        self.reports = []       # of the phases of the test that runs

    def pytest_collection_finish(self, session):
        self.say(f"1..{len(self.skipped) + len(session.items)}")
        for report in self.skipped:
            self.line("ok", report.nodeid, f" # SKIP {reason(report)}")

    def pytest_collectreport(self, report):
        if report.failed:
            self.explain(report.longreprtext)
            self.say(f"Bail out! cannot read {report.nodeid}")
        elif report.skipped:
            self.skipped.append(report)

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)
        if report.when != "teardown":
            return
        reports, self.reports = self.reports, []
        self.verdict(report.nodeid, reports)

    def verdict(self, name, reports):
        for report in reports:
            if report.failed:
                self.line("not ok", name)
                self.explain(report.longreprtext)
                for title, text in report.sections:
                    self.explain(f"{title}:\n{text}")
                return
        for report in reports:
            if hasattr(report, "wasxfail"):
                self.line("not ok" if report.skipped else "ok", name,
                          f" # TODO {report.wasxfail}")
                return
            if report.skipped:
                self.line("ok", name, f" # SKIP {reason(report)}")
                return
        self.line("ok", name)

    def line(self, verdict, name, more=""):
        self.number += 1
        name = name.rsplit("/", 1)[-1].replace("#", "")
        self.say(f"{verdict} {self.number} - {name}{more}")

    def explain(self, text):
        for line in text.splitlines():
            self.say(f"#   {line}")

    def say(self, text):
        print(text, file=self.out, flush=True)


def reason(report):
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext.splitlines()[-1]


def pytest_configure(config):
    config.pluginmanager.register(Tap(), "tap")
