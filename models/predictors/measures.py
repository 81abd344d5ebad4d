"""Measures: the numbers that contrasts take from the data, computed once from all rows of the study's wave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import xarray as xr

from data.arrays import Array
from data.codebook import Codebook
from models.spec import Term

QUARTILES = (0.25, 0.75)
"""Quantiles of an inter-quartile contrast; where they coincide, the contrast is a standard deviation."""

WRITTEN_OUT = {"standardise": "standardise({})", "square": "square({})", "log": "log({})", "log1p": "log1p({})"}
"""Labels of transformed variables where other variables have the usual labels."""

MEASURES: dict[str, Callable[[Array], float]] = {
    "sd": lambda values: np.nanstd(values, ddof=1),
    "mean": np.nanmean,
    "lower quartile": lambda values: np.nanquantile(values, QUARTILES[0]),
    "upper quartile": lambda values: np.nanquantile(values, QUARTILES[1]),
}
"""What contrasts take from the data, by name."""


class Measures:
    """Numbers that contrasts take from the data: from all rows of the study's wave, missing values left out.

    Each is computed once, or is given, as by a stored fit, and then computed no more.

    Parameters
    ----------
    dataset : xarray.Dataset
        The study as `data.study.load_study` returns it.
    given : dict of str to float
        Numbers by name, such as ``sd of age``; those not given are computed.
    """

    def __init__(self, dataset: xr.Dataset, codebook: Codebook, given: Mapping[str, float]) -> None:
        self.dataset, self.codebook, self.given = dataset, codebook, given
        self.found: dict[str, float] = {}

    def of(self, what: str, term: Term) -> float:
        """Return a number of `MEASURES` on the scale of the term's transformation."""
        key = _key(what, term, self.codebook)
        if key not in self.found:
            here = self.dataset[term.variable].to_numpy()
            known = key in self.given
            self.found[key] = float(self.given[key] if known else MEASURES[what](self.transformed(term, here)))
        return self.found[key]

    def transformed(self, term: Term, values: Array) -> Array:
        """Return a number's values, given in the variable's own unit, after the term's transformation."""
        match term.transform:
            case "standardise":
                plain = Term(term.variable)
                changed = (values - self.of("mean", plain)) / self.of("sd", plain)
            case "square":
                changed = values**2
            case "log":
                changed = np.log(values)
            case "log1p":
                changed = np.log1p(values)
            case _:
                changed = values
        return np.asarray(changed)

    def decided(self, term: Term) -> Term:
        """Return the term with its contrast, declared or by default.

        A square or a logarithm without a contrast of its own has that of its own values, as a number of the
        variable's unit says nothing on their scale. A number that is 0 or 1 everywhere is left as it is, like a
        yes-or-no variable. Quartiles that coincide give way to a standard deviation.
        """
        contrast = _declared(term, self.codebook)
        if contrast is None:
            by_sd = _key("sd", term, self.codebook) in self.given or term.transform != "none"
            contrast = "sd" if by_sd or not self._yes_or_no(term) else 1.0
        if contrast == "iqr" and self.of("lower quartile", term) == self.of("upper quartile", term):
            contrast = "sd"
        return replace(term, contrast=contrast)

    def step(self, term: Term) -> float:
        """Return the contrast, as a number on the scale of the transformation, of a term that has one."""
        if term.contrast == "sd":
            return 1.0 if term.transform == "standardise" else self.of("sd", term)
        if term.contrast == "iqr":
            return self.of("upper quartile", term) - self.of("lower quartile", term)
        return float(term.contrast or 0.0)

    def _yes_or_no(self, term: Term) -> bool:
        values = self.dataset[term.variable].to_numpy()
        return bool(np.isin(values[np.isfinite(values)], [0.0, 1.0]).all())


def contrasts_known(terms: Sequence[Term], codebook: Codebook, given: Mapping[str, float]) -> dict[str, float] | None:
    """Return what `contrasts_of_study` would, without any data; None where what is given does not suffice."""
    needed: list[str] = []
    numbers = [term for term in terms if codebook.variable(term.variable).type != "category"]
    for term in numbers:
        contrast, name = _declared(term, codebook), partial(_key, term=term, codebook=codebook)
        quartiles = [name("lower quartile"), name("upper quartile")] if contrast == "iqr" else []
        alike = len({given.get(key) for key in quartiles}) == 1
        spread = contrast in ("sd", None) and term.transform != "standardise"
        needed += [*quartiles, *([name("sd")] if spread or alike else [])]
        if term.transform == "standardise":
            needed += [_key(what, Term(term.variable), codebook) for what in ("mean", "sd")]
    needed += [_key("sd", term, codebook) for term in unsaid(numbers)]
    return {key: given[key] for key in dict.fromkeys(needed)} if set(needed) <= set(given) else None


def unsaid(terms: Sequence[Term]) -> list[Term]:
    """Return the variables of several terms, none of which is the variable itself: they move by its sd."""
    names = [term.variable for term in terms]
    plain = {term.variable for term in terms if term.transform == "none"}
    return [Term(name) for name in dict.fromkeys(names) if names.count(name) > 1 and name not in plain]


def _declared(term: Term, codebook: Codebook) -> float | Literal["iqr", "sd"] | None:
    """Return the contrast that model or codebook declare; None where a number has its standard deviation."""
    if term.contrast is not None or term.transform != "none":
        return term.contrast
    variable = codebook.variable(term.variable)
    return 1.0 if variable.type == "binary" and variable.contrast is None else variable.contrast


def _key(what: str, term: Term, codebook: Codebook) -> str:
    """Return the name of a number; brackets more tell log(wage) apart from a variable of that very name."""
    name = term.variable
    if term.transform != "none":
        name = WRITTEN_OUT[term.transform].format(name)
        while name in codebook.variables:
            name = f"({name})"
    return f"{what} of {name}"
