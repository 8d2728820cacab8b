"""The scores on the public conformance corpora, with every miss: ``make conformance``.

Each ``test_*.py`` beside this file that has a function ``scores`` is asked for triples of
score, case, and what is missed (empty where nothing is).  The corpora lie in the folder
that LUUTRU_CORPORA names, or in ``../shared/corpora``; what is not there is said and not
scored.  A miss that ``known_misses.toml`` does not argue makes the run fail, and so does one that
is argued there but missed no more.
"""

import sys
import tomllib
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
GOALS = {"E-ARK IP test corpus": 0.97}


def main() -> int:
    """Print the table and the misses; 1 where one of them is new."""
    known: dict[str, dict[str, str]] = tomllib.loads((HERE / "known_misses.toml").read_text("utf-8"))
    cases: dict[str, int] = {}
    seen: set[str] = set()
    misses: dict[str, dict[str, str]] = {}
    for module in _corpora():
        before = sum(cases.values())
        for score, case, missed in module.scores():
            cases[score] = cases.get(score, 0) + 1
            seen.add(f"{score}: {case}")
            if missed:
                misses.setdefault(score, {})[case] = missed
        if sum(cases.values()) == before:
            name = str(module.__name__).removeprefix("test_")
            print(f"{name}: no corpus found; set LUUTRU_CORPORA to the folder that holds {name}/")
    _print_table(cases, misses)
    ran = {f"{score}: {case}" for score, found in misses.items() for case in found}
    new = sorted(ran - known.keys())
    for name in sorted(ran):
        score, _, case = name.rpartition(": ")
        mark = "NEW MISS" if name in new else "known   "
        print(f"{mark}  {name}\n          {misses[score][case]}")
        if name in known:
            print(f"          {known[name]['why']}")
    over = sorted((known.keys() & seen) - ran)
    for name in over:
        print(f"no miss any more, take it out of known_misses.toml: {name}")
    return 1 if new or over else 0


def _corpora() -> Iterator[ModuleType]:
    for path in sorted(HERE.glob("test_*.py")):
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        if hasattr(module, "scores"):
            yield module


def _print_table(cases: dict[str, int], misses: dict[str, dict[str, str]]) -> None:
    if not cases:
        return
    print(f"\n{'corpus':32}{'cases':>8}{'right':>8}{'goal':>8}")
    for score, count in cases.items():
        right = count - len(misses.get(score, {}))
        goal = GOALS.get(score, 1.0)
        print(f"{score:32}{count:8}{right:8}{goal:8.0%}{'' if right >= goal * count else '  below the goal'}")
    print()


if __name__ == "__main__":
    sys.exit(main())
