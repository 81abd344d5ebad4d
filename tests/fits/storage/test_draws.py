"""Files of draws, written and opened again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from fits.storage.fit import Fit
from tests.fits._fakes import manifest, tree


def test_what_has_no_elements_is_read_as_it_was_stored(tmp_path: Path) -> None:
    """A model without controls has no labels of any."""
    draws = tree(chains=2, draws=20)
    empty = xr.Dataset(
        {"control_coef": (("chain", "draw", "control"), np.zeros((2, 20, 0)))},
        coords={"control": np.array([], dtype=float), "kind": ("kind", np.array([], dtype=object))},
    )
    draws["posterior"] = xr.DataTree(draws["posterior"].to_dataset().merge(empty))
    Fit.write("one", manifest(), draws, tmp_path)
    fit = Fit.read("one", tmp_path)
    fit.verify()
    with fit.draws() as found:
        xr.testing.assert_equal(found.load(), draws)
