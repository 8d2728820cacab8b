"""What holds for every test: no setting of the person who runs it, no deadline, every rule broken by some test."""

import os
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, currently_in_test_context, settings
from s3_server import S3Server, shared_server

from luutru.metadata_profiles.finding import Report
from luutru.metadata_profiles.rules import catalogue

KEPT = {"LUUTRU_CORPORA", "LUUTRU_TEST_POSTGRES"}

for name in [name for name in os.environ if name.startswith("LUUTRU_") and name not in KEPT]:
    del os.environ[name]

# The machine may be busy with the other tests: how long one example takes says nothing.
# The current profile is the parent, so that Hypothesis' own settings for CI stay in force.
settings.register_profile("luutru", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("luutru")

BROKEN: set[str] = set()
"""The rules that a finding was reported for, in this process."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--every-rule``: fail unless each rule of the catalogues was broken by some test."""
    parser.addoption(
        "--every-rule", action="store_true", help="fail unless each rule was broken by some test"
    )


def pytest_configure() -> None:
    """Note each rule that is reported, whoever reports it."""
    add = Report.add

    def noting(self: Report, rule_id: str, *args: Any, **kwargs: Any) -> None:
        # A test that fills a report by hand breaks no rule; what chance found today, it may miss tomorrow.
        by_hand = not sys._getframe(1).f_globals["__name__"].startswith("luutru.")
        if not by_hand and not currently_in_test_context():
            BROKEN.add(rule_id)
        add(self, rule_id, *args, **kwargs)

    Report.add = noting  # type: ignore[method-assign]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Gather what the tests of another process broke."""
    BROKEN.update(getattr(node, "workeroutput", {}).get("broken", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hold the catalogues against what was broken, where all tests ran."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["broken"] = sorted(BROKEN)
    elif session.config.getoption("--every-rule") and (unbroken := _unbroken()):
        print(f"\n\nno test breaks {len(unbroken)} rules: {', '.join(unbroken)}")
        session.exitstatus = session.exitstatus or 1


def _unbroken() -> list[str]:
    # LUUTRU-CAP is no rule for packages: the report itself says it.
    return sorted(catalogue().keys() - BROKEN - {"LUUTRU-CAP"})


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, one for all processes of the test run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with shared_server(folder) as server:
        yield server


@pytest.fixture
def s3_url(s3_server: S3Server) -> str:
    """A place in the server's bucket that no other test has."""
    return f"s3://{s3_server.bucket}/tỉnh/{uuid4().hex}"
