"""The rule catalogues: severity, source and texts of every rule, by code.

One TOML file per standard beside this module; a table per rule::

    ["RFC8493-2.1.3/missing-file"]
    severity = "error"
    source = "RFC 8493, section 2.1.3"
    vi = "Tệp {path} có trong {manifest} nhưng không có trong túi."
    en = "{path} is listed in {manifest} but is not in the bag."

A text may name the parameters that the finding carries, in braces.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its severity (error, warning, info), the clause it follows, its texts."""

    id: str
    severity: str
    source: str
    vi: str
    en: str

    def text(self, language: str, parameters: dict[str, str]) -> str:
        """The rule's text in ``vi`` or ``en`` with the parameters filled in."""
        template = self.vi if language == "vi" else self.en
        return template.format_map(_Shown(parameters))


class _Shown(dict[str, str]):
    """Parameters for a text; one that is missing shows its own name, never an error."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def catalogue() -> dict[str, Rule]:
    """All rules by id.  Raises ValueError where two files define one rule."""
    rules: dict[str, Rule] = {}
    for entry in sorted(files(__name__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            for rule_id, fields in tomllib.loads(entry.read_text("utf-8")).items():
                if rule_id in rules:
                    raise ValueError(f"{rule_id} is defined twice; once in {entry.name}")
                rules[rule_id] = Rule(rule_id, **fields)
    return rules


def rule(rule_id: str) -> Rule:
    """The rule with this id.  Raises KeyError when no catalogue has it."""
    return catalogue()[rule_id]
