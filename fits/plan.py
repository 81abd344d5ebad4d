"""An analysis as a value: everything that decides the draws of a fit, and nothing about a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data.codebook import Codebook
from data.errors import InputError, Problem
from data.names import safe_key
from fits.planning.pooling import pooling_name
from fits.planning.sources import Sources
from fits.storage.fit import HOME, LONGEST_NAME, Fit, home_words
from fits.storage.manifest import Manifest, Request
from models.engines.settings import Engine, Settings
from models.family import Family
from models.predictors.measures import Measures, contrasts_known
from models.spec import ModelSpec, read_against
from models.terms import contrasts_of_study

QUICK: dict[str, Any] = {"draws": 250, "tune": 250, "chains": 2}
"""Settings for a look that is not a result."""

SAMPLED = ("draws", "tune", "chains", "seed")


@dataclass(frozen=True)
class FitPlan:
    """Everything that decides the draws of a fit.

    Attributes
    ----------
    study : str
        The name of a study of the project, or the path of a codebook.
    data, columns : Path, optional
        The data file, and how its columns are called and coded; by default the study's own.
    wave : int, optional
        By default the study's own.
    service : str, optional
        This service alone, without pooling over services.
    priors : str
        The name of a prior set of the project, or the path of one; maximum likelihood has none.
    single_level : bool
        Whether groups are not pooled, as in a single equation.
    family : str
        A rival likelihood in place of the model's own; '' for its own.
    contrasts : tuple of (str, float)
        Numbers that contrasts take from the data, such as ``sd of age``. Those that are not here are the study's own,
        computed from all rows of its wave. With the study's own numbers it is the same plan as without any; numbers
        of other data, as of the study that an imputed one was made from, have no option on the command line.
    engine : {'nutpie', 'graph', 'pymc', 'bambi', 'mle'}
    quick : bool
        Whether it is a look, which has a name of its own.
    pooling : str
        A shape by which coefficients are pooled over services in place of the model's own; '' for its own.
    pooling_weight : float, optional
        The share of services that are alike under a mixture; by default the model's own.
    """

    model: str
    study: str = "ndatss"
    data: Path | None = None
    columns: Path | None = None
    wave: int | None = None
    service: str | None = None
    priors: str = "weak"
    single_level: bool = False
    family: str = ""
    engine: Engine = "nutpie"
    draws: int = 1000
    tune: int = 400
    chains: int = 4
    seed: int = 2017
    quick: bool = False
    contrasts: tuple[tuple[str, float], ...] = ()
    pooling: str = ""
    pooling_weight: float | None = None

    @classmethod
    def of(cls, fit: Fit) -> FitPlan:
        """Return the plan that a stored fit was made by.

        The wave is named only where it is not the one that the study has by default.
        """
        plan, request = cls.of_manifest(fit.manifest), fit.manifest.request
        look = replace(plan, quick=True)
        # A fit of other data than one of the same name has their digest at the end of its own.
        name = fit.name.removesuffix(f"-{request.data_sha256[:8]}")
        return look if name == look.name(request, _default_wave(plan.study)) and not plan.mle else plan

    @classmethod
    def of_manifest(cls, manifest: Manifest) -> FitPlan:
        """Return the plan that stands in a manifest, which does not say whether it was called a look."""
        request, paths = manifest.request, manifest.paths
        study = paths.get("study") or request.study
        return cls(
            model=request.model,
            study=study,
            data=Path(paths["data"]) if paths.get("data") else None,
            columns=Path(paths["columns"]) if paths.get("columns") else None,
            wave=request.wave if request.wave != _default_wave(study) else None,
            service=request.service or None,
            priors=paths.get("priors") or request.priors or cls.priors,
            single_level=request.single_level and bool(request.priors),
            family=request.family,
            contrasts=tuple(request.contrasts.items()),
            pooling=request.pooling,
            pooling_weight=request.pooling_weight,
            **{key: value for key, value in request.settings.items() if key in ("engine", *SAMPLED)},
        )

    @property
    def mle(self) -> bool:
        """Whether it is maximum likelihood, which has no priors and pools nothing."""
        return self.engine == "mle"

    def in_full(self) -> FitPlan:
        """Return the plan with as many draws and chains as a fit has by default."""
        usual = {name: getattr(FitPlan, name) for name in QUICK}
        return replace(self, quick=False, **usual)

    def with_own_pooling(self) -> FitPlan:
        """Return the plan without a shape of pooling, which one service alone has no use for."""
        return replace(self, pooling="", pooling_weight=None)

    @property
    def settings(self) -> Settings:
        """How to sample."""
        return Settings(**{"engine": self.engine, **{name: getattr(self, name) for name in SAMPLED}})

    @property
    def paths(self) -> dict[str, str]:
        """The user's own files by what they are; '' for what comes with the project."""
        own = {"study": Path(self.study), "priors": Path("" if self.mle else self.priors)}
        return {
            "data": str(self.data or ""),
            "columns": str(self.columns or ""),
            **{key: str(path) if path.suffix == ".toml" else "" for key, path in own.items()},
        }

    @property
    def key(self) -> str:
        """The hash of all that decides the draws: digests of files, declarations and code, versions, settings.

        Where files lie and what they are called is not part of it.

        Raises
        ------
        InputError
            For a declaration that cannot be read.
        OSError
            For a data file that cannot be read.
        """
        return self.request().sha256

    def request(self, sources: Sources | None = None) -> Request:
        """Return what the manifest says of a fit by this plan, from its files as they are now; see `key`.

        The study is read where contrasts take numbers from it that the plan does not hold.

        Parameters
        ----------
        sources : Sources, optional
            Holds what was read for other plans.
        """
        sources = sources or Sources()
        codebook = sources.codebook(self.study)
        return self.request_on(
            codebook,
            data_sha256=sources.file(self.data) if self.data else sources.simulated(self.study),
            columns_sha256=sources.file(self.columns) if self.columns else "",
            wave=self.wave or codebook.study.default_wave or 0,
            contrasts=self._contrasts(codebook, sources),
            sources=sources,
        )

    def _contrasts(self, codebook: Codebook, sources: Sources) -> dict[str, float]:
        """Return the numbers that the model's contrasts take from the data, from the plan or else from the study."""
        terms, given = (
            read_against(ModelSpec.find(self.model, codebook), codebook, self.wave).terms,
            dict(self.contrasts),
        )
        known = contrasts_known(terms, codebook, given)
        if known is not None:
            return known
        dataset = sources.study(self.study, self.data, self.columns, self.wave)
        return contrasts_of_study(terms, Measures(dataset, codebook, given))

    def request_on(
        self,
        codebook: Codebook,
        *,
        data_sha256: str,
        columns_sha256: str,
        wave: int,
        contrasts: Mapping[str, float],
        sources: Sources | None = None,
    ) -> Request:
        """Return what the manifest says of a fit by this plan on these data and with these numbers of contrasts."""
        sources = sources or Sources()
        family = self.rival(codebook)
        shape, weight = self.pooled(codebook)
        spec = ModelSpec.find(self.model, codebook).with_family(family).with_pooling(shape, weight)
        priors = None if self.mle else sources.priors(self.priors)
        used = Family.find(spec.family)
        return Request(
            model=spec.name,
            priors=priors.name if priors else "",
            study=codebook.name,
            service=self.service or "",
            wave=wave,
            data_sha256=data_sha256,
            columns_sha256=columns_sha256,
            codebook_sha256=codebook.sha256,
            model_sha256=spec.sha256,
            priors_sha256=priors.sha256 if priors else "",
            settings=self._settings(),
            versions=sources.versions(self.engine, used),
            single_level=self.single_level or self.mle,
            family=family,
            contrasts=dict(contrasts),
            pooling=shape,
            pooling_weight=weight,
        )

    def _settings(self) -> dict[str, Any]:
        if self.mle:
            return {"engine": "mle"}
        return {"engine": self.engine, **{name: getattr(self, name) for name in SAMPLED}}

    def rival(self, codebook: Codebook) -> str:
        """Return the family that takes the place of the model's own, or '' where none does.

        Raises
        ------
        InputError
            For a family on another outcome scale.
        """
        own = Family.find(ModelSpec.find(self.model, codebook).family)
        if not self.family or Family.find(self.family) == own:
            return ""
        if Family.find(self.family) not in own.rivals():
            known = ", ".join([own.name, *(family.name for family in own.rivals())])
            got = f"{self.family!r}, which is on another scale than {own.name!r}"
            raise InputError([Problem("--family", got, f"one of {known}")])
        return self.family

    def pooled(self, codebook: Codebook) -> tuple[str, float | None]:
        """Return the shape of pooling that takes the place of the model's own, and its weight; '' where none does.

        Raises
        ------
        InputError
            For an unknown shape, and for a weight that is no share or that the shape does not have.
        """
        own = ModelSpec.find(self.model, codebook)
        asked = own.with_pooling(self.pooling, self.pooling_weight)
        same = (asked.pooling, asked.mixture_weight) == (own.pooling, own.mixture_weight)
        return ("", None) if same else (asked.pooling, asked.mixture_weight)

    def command(self, home: Path = HOME) -> str:
        """Return the one command line that makes the fit.

        Parameters
        ----------
        home : Path
            The folder of stored fits, which is named unless it is the usual one.
        """
        return shlex.join(["python", "-m", "models.fit", self.model, *self.words(home)])

    def words(self, home: Path = HOME) -> list[str]:
        """Return the options that say all of the plan but its model; see `command`."""
        return [*self.study_words(), *self._how_words(home)]

    def study_words(self) -> list[str]:
        """Return the options that say which data: study, file, mapping, wave and service."""
        given = {
            "--study": self.study if self.study != FitPlan.study else "",
            "--data": self.data,
            "--columns": self.columns,
            "--wave": self.wave,
            "--service": self.service,
        }
        return [str(word) for option, value in given.items() if value for word in (option, value)]

    def _how_words(self, home: Path) -> list[str]:
        """Return the options that say how: priors, likelihood, engine and settings, and where fits are stored."""
        usual = {**asdict(FitPlan(self.model)), **(QUICK if self.quick else {})}
        given: dict[str, Any] = {"--engine": self.engine if self.engine != FitPlan.engine else ""}
        if not self.mle:
            given["--priors"] = self.priors if self.priors != FitPlan.priors else ""
            given |= {f"--{name}": getattr(self, name) for name in SAMPLED if getattr(self, name) != usual[name]}
        given |= {"--family": self.family, "--pooling": self.pooling, "--pooling-weight": self.pooling_weight}
        flags = {"--single-level": self.single_level and not self.mle, "--quick": self.quick}
        words = [str(word) for option, value in given.items() if value not in ("", None) for word in (option, value)]
        return [*words, *(flag for flag, on in flags.items() if on), *home_words(home)]

    def name(self, request: Request, default_wave: int) -> str:
        """Return the name of the fit's folder, in which the study's default wave is not said.

        Raises
        ------
        InputError
            For a name that no folder can have.
        """
        parts = [request.model, request.priors or "mle", request.study, safe_key(request.service)]
        parts += ["single_level"] if request.priors and request.single_level else []
        parts += [request.family, pooling_name(request.pooling, request.pooling_weight)]
        parts += [self.engine if self.engine not in ("nutpie", "mle") else ""]
        parts += [str(request.wave)] if request.wave != default_wave else []
        parts += ["quick"] if self.quick else []
        name = "-".join(part for part in parts if part)
        if len(name.encode()) > LONGEST_NAME:
            got = f"{len(name.encode())} bytes of a folder's name, {name[:60]}..."
            expected, step = f"at most {LONGEST_NAME}", "Shorten the names of model, study or priors"
            raise InputError([Problem("fit", got, expected, step)])
        return name


def _default_wave(study: str) -> int:
    """The wave that a study has by default; 0 where there is none, or the codebook is gone."""
    try:
        return Codebook.read(study).study.default_wave or 0
    except InputError:
        return 0
