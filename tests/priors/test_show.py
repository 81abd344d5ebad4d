"""What a prior set implies is simulated from the model itself."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from fits.loaded import load
from fits.plan import FitPlan
from priors import show
from reports.terminal import prior
from reports.terminal.prior import imply
from tests.running import called


def test_wide_puts_nearly_everything_at_a_limit_and_weak_does_not() -> None:
    found = {}
    for name in ("weak", "wide"):
        loaded = load(FitPlan(model="peer_staffing", priors=name))
        found[name] = imply(loaded, None, draws=60, seed=1)
    service = next(iter(found["weak"].level))
    at_limits = {name: (it.at_lower[service].median + it.at_upper[service].median) for name, it in found.items()}
    assert at_limits["wide"] > 0.9
    assert at_limits["weak"] < 0.8
    belief = found["weak"].effects["director_belief"]
    # Coefficient sd hypot(8, 5) = 9.4 latent points, and limits only shrink it: 95 % within 2 sd of 0,
    # with 60 draws leaving the outer quantiles some room.
    assert -24 < belief.low < -3 < 3 < belief.high < 24


def test_the_door_writes_a_figure_and_stamps_simulated_covariates(tmp_path: Path) -> None:
    target = tmp_path / "prior.png"
    arguments = ["weak", "--model", "pcc_adoption", "--draws", "40", "--out", str(target), "--json"]
    done = called(show.app, *arguments)
    told = json.loads(done.stdout)
    assert told["stamp"].startswith("SIMULATED")
    assert 0 < told["level"]["invites_patients"]["median"] < 1
    assert target.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_figure_that_finds_no_room_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "prior.png"
    target.write_text("old")

    def full(implied: object, target: Path, stamp: str) -> None:
        target.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(prior, "imply", lambda *args, **kwargs: None)
    monkeypatch.setattr(prior, "draw_figure", full)
    done = called(show.app, "weak", "--out", target, code=2)
    assert done.stderr.startswith(f"Could not write {tmp_path}: No space left on device.")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["week"], "Did you mean 'weak'"), (["weak", "--out", "x.docx"], ".png"), (["weak", "--model", "x"], "Known")],
)
def test_bad_requests_exit_with_2(arguments: list[str], said: str) -> None:
    done = called(show.app, *arguments, code=2)
    assert said in done.stderr
