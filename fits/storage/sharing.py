"""What may leave of a stored fit, in one file, and what is said of it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import xarray as xr

from data.disclosure import SMALLEST_SHOWN
from data.errors import InputError, Problem
from data.files.replacing import replacing
from fits.storage.fit import Fit
from fits.storage.manifest import Manifest, StoredFile
from fits.storage.version import MANIFEST, POINTER, PUBLIC

STATEMENT = "README.txt"

MADE = (1980, 1, 1, 0, 0, 0)
"""Date of every file in the archive, so that sharing a fit twice gives the same bytes."""


def write(fit: Fit, out: Path) -> str:
    """Write what may leave of a fit into one archive; return the statement that is in it."""
    files = shared(fit)
    with replacing(out.parent, out.name) as fresh, zipfile.ZipFile(fresh / out.name, "w") as archive:
        for inner, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{fit.name}/{inner}", MADE), content)
    return files[STATEMENT].decode("utf-8")


def require_archive(out: Path, *, force: bool) -> None:
    """Raise for what cannot or should not be written, before any work.

    Raises
    ------
    InputError
        For a name that is no archive, and for a file that exists.
    """
    where, step = f"--out {out}", "Give --force to overwrite it"
    if out.suffix.lower() != ".zip":
        raise InputError([Problem(where, f"the suffix {out.suffix!r}", "the name of a file, such as fit.zip")])
    if not out.parent.is_dir():
        raise InputError([Problem(where, f"no directory {str(out.parent)!r}", "a directory that exists")])
    if out.is_dir():
        raise InputError([Problem(where, "a directory", "the name of a file")])
    if out.exists() and not force:
        raise InputError([Problem(where, "a file that exists", "a new name", step)])


def shared(fit: Fit) -> dict[str, bytes]:
    """Return what may leave of a fit, by the paths of a stored fit's files.

    Parameters
    ----------
    fit : Fit
        Its private part is not opened.

    Raises
    ------
    InputError
        When what may leave is damaged.
    """
    content = fit.public_bytes()
    manifest = _manifest(fit.manifest, content)
    said = manifest.encoded()
    with fit.draws(public=True) if manifest.kind == "posterior" else xr.DataTree() as tree:
        statement = "\n".join(_statement(fit, manifest, tree)) + "\n"
    return {
        STATEMENT: statement.encode("utf-8"),
        POINTER: f"v1 {hashlib.sha256(said).hexdigest()}\n".encode("ascii"),
        f"v1/{MANIFEST}": said,
        f"v1/{PUBLIC}": content,
    }


def _manifest(manifest: Manifest, content: bytes) -> Manifest:
    """The manifest without paths and without what is said of the user's file."""
    diagnostics = manifest.diagnostics
    if manifest.kind == "mle":  # a sum over all rows, and words on what separates few of them
        leave = ("iterations",)
        diagnostics = {name: {key: held[key] for key in leave} for name, held in diagnostics.items()}
    return replace(
        manifest,
        shared=True,
        diagnostics=diagnostics,
        paths=dict.fromkeys(manifest.paths, ""),
        design={key: held for key, held in manifest.design.items() if key != "remarks"},
        files={PUBLIC: StoredFile.of(content)},
    )


def _statement(fit: Fit, manifest: Manifest, tree: xr.DataTree) -> Iterator[str]:
    request = manifest.request
    title = manifest.design.get("title", "")
    yield f"{fit.name}: {title}" if title else fit.name
    yield ""
    if manifest.simulated:
        yield f"SIMULATED DATA, not evidence about any clinic ({manifest.stamp})."
    names = {"model": request.model, "study": request.study, "service": request.service, "priors": request.priors}
    yield "A fit of " + ", ".join(f"{what} {value}" for what, value in names.items() if value) + "."
    yield f"Made {manifest.created}; diagnostics: {manifest.status}."
    remarks = len(fit.manifest.design.get("remarks", ()))
    if remarks:
        yield f"Its owner was warned {remarks} time{'s' if remarks > 1 else ''} of how the data file was read; ask."
    yield ""
    yield "What is in it"
    yield f"  v1/{PUBLIC} (netCDF)"
    yield from (f"    {line}" for line in _held(tree, manifest))
    yield f"  v1/{MANIFEST}: settings, versions, diagnostics, contrasts, hashes of data and declarations"
    yield ""
    yield "What is not in it"
    yield "  Rows of the data, paths and names of files."
    yield "  Effects of single units, pointwise values, predictive draws, log-densities of the sampler."
    yield f"  Effects and coefficients that rest on fewer than {SMALLEST_SHOWN} answers;"
    yield "  an effect that would be withheld alone takes its smallest neighbour along."
    yield from (f"    {line}" for line in _withheld(tree, manifest.design.get("groups", {})))
    yield ""
    yield "How to read it"
    yield "  Unzip it into a folder of fits, such as fits/stored/, then: python -m fits.ls"
    yield f"  Or: xarray.open_datatree('{fit.name}/v1/{PUBLIC}', engine='h5netcdf')"
    yield ""
    yield "Digests (SHA-256) in the manifest and in `current` notice accidents; they do not say who made the file."


def _held(tree: xr.DataTree, manifest: Manifest) -> Iterator[str]:
    if manifest.kind == "mle":
        yield "maximum likelihood estimates and their covariances"
        return
    posterior = tree["posterior"].to_dataset()
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    yield f"{chains} chains of {draws:,} draws of"
    for name, values in posterior.data_vars.items():
        dims = ", ".join(f"{size} {dim}" for dim, size in values.sizes.items() if dim not in ("chain", "draw"))
        yield f"  {name}" + (f" ({dims})" if dims else "")


def _withheld(tree: xr.DataTree, groups: Mapping[str, int]) -> Iterator[str]:
    """How many levels of each group are left out whole, and how many of the others in part."""
    if "posterior" not in tree.children:
        return
    posterior = tree["posterior"].to_dataset()
    for group, levels in groups.items():
        name = f"{group}_effect"
        if name not in posterior:
            yield f"{group}: all {levels} levels"
            continue
        there = posterior[name].isel(chain=0, draw=0)
        some = int(there.isnull().any([dim for dim in there.dims if dim != group]).sum())
        yield f"{group}: {levels - there.sizes[group]} of {levels} levels, and {some} of the rest for some outcomes"
