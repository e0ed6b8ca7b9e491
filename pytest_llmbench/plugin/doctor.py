"""`pytest --llm-doctor`: what this machine can judge, and what to install for the rest."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from tabulate import tabulate

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox import TIERS, open_tier
from pytest_llmbench.grading.sandbox.unconfined import UnconfinedSandbox
from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.languages import find_language, language_names
from pytest_llmbench.languages.dialects import DIALECTS
from pytest_llmbench.plugin.settings import sql_urls

__all__ = ["Finding", "diagnose", "report"]

_WIDTH = 98


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that this machine has, or lacks."""

    name: str
    version: str | None = None
    """What there is; None where it is missing."""
    remedy: str = ""
    """What to install, or why it cannot be had."""


def diagnose() -> str:
    """Look at this machine, and write one screen about it."""
    return report(_tiers(), _languages(), _dialects())


def report(
    tiers: Sequence[Finding], languages: Sequence[Finding], dialects: Sequence[Finding]
) -> str:
    """Write what was found; the first isolation that there is is the one that is used."""
    used = next((tier for tier in tiers if tier.version), None)
    rows = [
        (tier.name, f"{tier.version} <- used" if tier is used else tier.version or tier.remedy)
        for tier in tiers
    ]
    isolation = tabulate(
        [(name, textwrap.shorten(str(what), _WIDTH - 20)) for name, what in rows],
        tablefmt="plain",
    )
    missing = [each for each in (*languages, *dialects) if each.version is None]
    return "\n".join(
        [
            "Isolation" if used else "Isolation: NONE; only --llm-sandbox=none runs answers",
            textwrap.indent(isolation, "  "),
            "Languages",
            _listed(languages),
            "SQL",
            _listed(dialects),
            *(["To install"] if missing else []),
            *(_remedy(each) for each in missing),
        ]
    )


def _listed(findings: Iterable[Finding]) -> str:
    there = [f"{each.name} {each.version}" for each in findings if each.version]
    text = ", ".join(there) or "none"
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _remedy(finding: Finding) -> str:
    text = f"{finding.name}: {finding.remedy}"
    return "  " + textwrap.shorten(text, _WIDTH - 2, placeholder=" ...")


def _tiers() -> list[Finding]:
    return [_tier(name) for name in TIERS]


def _tier(name: str) -> Finding:
    try:
        sandbox = open_tier(name)
    except SandboxUnavailableError as error:
        return Finding(name=name, remedy=f"no: {error}")
    try:
        weak = sandbox.describe().get("not_enforced")
        lacks = ", ".join(map(str, weak)) if isinstance(weak, list) else ""
        return Finding(name=name, version=sandbox.tier + (f"; not: {lacks}" if lacks else ""))
    finally:
        sandbox.close()


def _languages() -> list[Finding]:
    def look(name: str) -> Finding:
        language = find_language(name)
        missing = language.missing()
        if missing:
            return Finding(name=name, remedy=language.install)
        return Finding(name=name, version=language.installed_version() or "(version unknown)")

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(look, language_names()))


def _dialects() -> list[Finding]:
    """Ask for versions only: no statement of anybody is run, so no sandbox is needed."""
    urls = sql_urls(os.environ)
    with closing(UnconfinedSandbox()) as nothing, closing(SqlJudge(nothing, urls)) as judge:
        return [
            Finding(name=name, remedy=missing)
            if (missing := judge.missing(name))
            else Finding(name=name, version=judge.version(name) or "(version unknown)")
            for name in DIALECTS
        ]
