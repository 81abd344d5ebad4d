"""The code hash: what decides draws changes it, wherever it stands and whatever it is called, and nothing else does."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from data.code_hash import OURS, code_digest, code_reached
from fits.planning.sources import DRAWN_BY, MAXIMISED_BY
from models.family import Family
from tests.running import ROOT, python

TOBIT, GAUSSIAN = {"tobit"}, {"gaussian", "tobit"}
REACHED = code_reached(*DRAWN_BY, chosen=TOBIT)
BOTH = {"drawn": DRAWN_BY, "maximised": MAXIMISED_BY}

DRAWS = """
import sys
from types import SimpleNamespace
from fits.loaded import load, prepare
from fits.sample import sample
from models.engines.model_data import inputs
from models.engines.sampler import sampler_of
from models.engines.settings import Settings

plan = SimpleNamespace(
    model="peer_tobit", study="ndatss", data=None, columns=None, wave=None, service="condoms", priors="weak",
    single_level=False, mle=False, engine="nutpie", rival=lambda codebook: "", contrasts=(),
    pooling="", pooling_weight=None, pooled=lambda codebook: ("", None),
)
design, family, priors = prepare(load(plan), "condoms")
data = inputs(design, family, priors)
settings = Settings(draws=20, tune=20, chains=2, seed=1)
sample(sampler_of(design, family, priors, data, "nutpie"), settings, design, data)
print("loaded:", *(name for name, module in sys.modules.items() if not hasattr(module, "__path__")))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, to change it."""
    folder = tmp_path_factory.mktemp("project")
    for name in OURS:
        for path in (ROOT / name).rglob("*.py"):
            there = folder / path.relative_to(ROOT)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
    return folder


def path_of(project: Path, module: str) -> Path:
    return project / f"{module.replace('.', '/')}.py"


def modules(project: Path) -> list[str]:
    found = (path.relative_to(project) for name in OURS for path in (project / name).rglob("*.py"))
    return [".".join(path.with_suffix("").parts) for path in found if path.stem != "__init__"]


def with_another_number(text: str) -> str:
    """The code with its first number one higher, or a number more where it has none."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            lines = text.splitlines(keepends=True)
            line = lines[node.lineno - 1].encode()
            changed = line[: node.col_offset] + f"({node.value} + 1)".encode() + line[node.end_col_offset :]
            lines[node.lineno - 1] = changed.decode()
            return "".join(lines)
    return f"{text}\nONE_MORE = 1\n"


@pytest.mark.parametrize("module", REACHED)
def test_a_changed_number_in_any_file_that_decides_draws_changes_the_hash(module: str, project: Path) -> None:
    path = path_of(project, module)
    text = path.read_text(encoding="utf-8")
    before = code_digest(*DRAWN_BY, chosen=TOBIT, root=project)
    try:
        path.write_text(with_another_number(text), encoding="utf-8")
        assert code_digest(*DRAWN_BY, chosen=TOBIT, root=project) != before
    finally:
        path.write_text(text, encoding="utf-8")


def test_doubling_the_span_that_priors_are_scaled_by_changes_the_hash(project: Path) -> None:
    path = path_of(project, "fits.loaded")
    text = path.read_text(encoding="utf-8")
    before = code_digest(*DRAWN_BY, chosen=TOBIT, root=project)
    assert "design.floor, design.span)" in text
    path.write_text(text.replace("design.floor, design.span)", "design.floor, 2 * design.span)"), encoding="utf-8")
    after = code_digest(*DRAWN_BY, chosen=TOBIT, root=project)
    path.write_text(text, encoding="utf-8")
    assert after != before


@pytest.mark.parametrize("roots", BOTH.values(), ids=list(BOTH))
def test_no_other_file_changes_the_hash(roots: tuple[str, ...], project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "copy")
    others = set(modules(project)) - set(code_reached(*roots, chosen=TOBIT, root=project))
    assert {"reports.terminal.posterior", "data.auditing.variable_summary", "fits.make", "fits.storage.fit"} <= others
    assert not {"models.predict", "models.suppression"} & others  # they decide what is stored with draws
    for module in others:
        path = path_of(tmp_path / "copy", module)
        path.write_text(with_another_number(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert code_digest(*roots, chosen=TOBIT, root=tmp_path / "copy") == code_digest(*roots, chosen=TOBIT, root=project)


def test_comments_docstrings_and_layout_do_not_change_it(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "copy")
    for module in REACHED:
        path = path_of(tmp_path / "copy", module)
        text = path.read_text(encoding="utf-8")
        path.write_text(
            f"# A remark.\n\n{text.replace('"""', '"""Another word. ', 1)}\n\n# And one.\n", encoding="utf-8"
        )
    assert code_digest(*DRAWN_BY, chosen=TOBIT, root=tmp_path / "copy") == code_digest(*DRAWN_BY, chosen=TOBIT)


def test_a_changed_error_counts_as_code_does(project: Path) -> None:
    """Texts are part of the syntax tree unless they are docstrings."""
    path = path_of(project, "models.spec")
    text = path.read_text(encoding="utf-8")
    before = code_digest(*DRAWN_BY, root=project)
    path.write_text(f'{text}\n\ndef _more() -> str:\n    """Say it."""\n    return "more"\n', encoding="utf-8")
    one = code_digest(*DRAWN_BY, root=project)
    path.write_text(f'{text}\n\ndef _more() -> str:\n    """Say something."""\n    return "more"\n', encoding="utf-8")
    same = code_digest(*DRAWN_BY, root=project)
    path.write_text(f'{text}\n\ndef _more() -> str:\n    """Say it."""\n    return "less"\n', encoding="utf-8")
    other = code_digest(*DRAWN_BY, root=project)
    path.write_text(text, encoding="utf-8")
    assert one == same
    assert len({before, one, other}) == 3


def test_what_runs_while_draws_are_made_is_what_is_counted() -> None:
    """A module that is imported by name, wherever, would be missed by a walk along imports alone."""
    (line,) = [line for line in python("-c", DRAWS).stdout.splitlines() if line.startswith("loaded:")]
    ours = {name for name in line.split()[1:] if name.partition(".")[0] in OURS}
    assert len(ours) > 40
    # What an `__init__` says of Ctrl-C decides no draw; other families only say which prior roles there are.
    others = {f"models.families.{name}" for name in Family.names()} - {"models.families.tobit"}
    assert ours - set(REACHED) <= {"data.commands.interrupts", *others}


@pytest.mark.parametrize(("changed", "chosen"), [("bernoulli", {"bernoulli"}), ("tobit", TOBIT), ("tobit", GAUSSIAN)])
def test_a_family_decides_its_own_fits_alone(changed: str, chosen: set[str], project: Path) -> None:
    families = [{"bernoulli"}, TOBIT, GAUSSIAN]
    before = [code_digest(*DRAWN_BY, chosen=one, root=project) for one in families]
    path = path_of(project, f"models.families.{changed}")
    text = path.read_text(encoding="utf-8")
    path.write_text(with_another_number(text), encoding="utf-8")
    after = [code_digest(*DRAWN_BY, chosen=one, root=project) for one in families]
    path.write_text(text, encoding="utf-8")
    stale = [one for one, then, now in zip(families, before, after, strict=True) if then != now]
    assert chosen in stale
    assert ({"bernoulli"} in stale) == (changed == "bernoulli")


def test_a_new_family_makes_no_fit_of_another_stale(project: Path) -> None:
    before = code_digest(*DRAWN_BY, chosen=TOBIT, root=project)
    path = path_of(project, "models.families.another")
    path.write_text("FAMILY = 1\n", encoding="utf-8")
    after = code_digest(*DRAWN_BY, chosen=TOBIT, root=project)
    path.unlink()
    assert after == before


def test_compiled_code_counts_its_own_package_alone() -> None:
    """The machine code of a family or a component is kept for as long as this digest is the same."""
    inside = "models.engines.compiled"
    found = code_reached(f"{inside}.density", within=inside)
    assert {f"{inside}.driver", f"{inside}.cell_code", f"{inside}.component_code"} <= set(found)
    assert all(name.startswith(f"{inside}.") for name in found)
    of_families = {
        name: code_reached(f"models.families.{name}", within="models.families") for name in ("gaussian", "bernoulli")
    }
    assert of_families == {
        "gaussian": ["models.families.gaussian", "models.families.tobit"],
        "bernoulli": ["models.families.bernoulli"],
    }


@pytest.mark.parametrize("roots", BOTH.values(), ids=list(BOTH))
def test_every_family_is_counted_with_its_own_search_for_the_maximum(roots: tuple[str, ...]) -> None:
    """Whatever else it is lies in its one file."""
    folder = "models.engines.maximum.likelihoods"
    for name in Family.names():
        family = Family.find(name)
        found = code_reached(*roots, chosen={family.name, family.maximise})
        assert f"models.families.{name}" in found
        searches = [one for one in found if one.startswith(f"{folder}.")]
        # a family without a search of its own has to do with none of them, so that all may count
        assert searches == ([f"{folder}.{family.maximise}"] if family.maximise else searches)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(name):\n    return later(name)\n", r"one.py:2: later\(...\) without the name itself"),
        ("from . import two\n", "one.py:1: a relative import"),
        ("from .two import f\n", "one.py:1: a relative import"),
        ("from data.registry import later as l\n", "one.py:1: a function of data.registry under another name"),
        ("import data.registry as r\n", "one.py:1: data.registry as a whole"),
    ],
)
def test_what_a_walk_along_imports_would_not_see_is_refused(code: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "one.py").write_text(code, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        code_digest("data.one", root=tmp_path)


def test_what_is_not_for_type_checkers_alone_counts(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    code = "if TYPE_CHECKING:\n    from data.two import f\nelse:\n    from data.three import f\n"
    (tmp_path / "data" / "one.py").write_text(code, encoding="utf-8")
    for name in ("two", "three"):
        (tmp_path / "data" / f"{name}.py").write_text("", encoding="utf-8")
    assert code_reached("data.one", root=tmp_path) == ["data.one", "data.three"]


def test_every_module_of_the_project_names_what_it_imports_by_name() -> None:
    code_reached(*modules(ROOT))
