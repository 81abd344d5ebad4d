"""Show what a fit says on a scale that people can read: average effects over units.

Examples:

    python -m reports.effects peer_tobit-weak-ndatss

says how many points of utilisation each exposure is worth, service by service.

    python -m reports.effects peer_tobit-weak-ndatss --scale at_lower --target new

says how the share of clinics without any use changes, in a state not seen yet.

    python -m reports.effects peer_tobit-weak-ndatss --by unit_type --out reports/out

splits the clinics and writes the tables as CSV and JSON, the figures as SVG.

Scales of a Tobit: expected (mean of y, limits included), latent, at_lower, at_upper,
interior (mean if strictly between), within and across (the McDonald-Moffitt
split of a change in the mean). Of an ordered beta the same, but log_odds for
latent. Of a Bernoulli model: probability, log_odds.

Targets: these (these units with their own group effects), typical (a typical
state and unit type: their effects at 0), new (a state not seen yet: effects
integrated over their estimated distribution).

A stored fit holds no rows: its study is read again, and refused if it changed.
Exit codes: 0 done, 2 bad input.
"""

from __future__ import annotations

import typer

from data.commands import options
from data.commands.exits import exits

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@exits()
def main(
    fit: options.StoredFit,
    scale: options.EffectScales = None,
    target: options.EffectTargets = None,
    by: options.SplitBy = None,
    exposure: options.OnlyExposures = None,
    service: options.OnlyServices = None,
    ratio: options.AsRatio = False,
    groups: options.GroupLevels = False,
    errors: options.ErrorsIfAny = None,
    out: options.OutFolder = None,
    data: options.FitsData = None,
    fits_dir: options.FitsDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Parse the command, show the effects, and write them where that is asked."""
    # xarray and ArviZ take seconds to import: --help must not wait.
    from data.commands.console import telling
    from fits.effects.answer import EffectsQuestion, shrinkage_of, tables_of
    from fits.reload import reload
    from fits.storage.find import find
    from reports import effect_files
    from reports.document.plain import print_json
    from reports.terminal.effect_notes import notes_of
    from reports.terminal.effects import print_shrinkage, print_tables

    asked = EffectsQuestion(
        scales=tuple(scale or ()),
        targets=tuple(target or ()),
        by=by or "",
        exposures=tuple(exposure or ()),
        services=tuple(service or ()),
        ratio=ratio,
        groups=groups,
        errors=errors or "",
    )
    if out is not None:
        effect_files.require_place(out)
    stored = find(fit, fits_dir or options.FITS)
    reloaded = reload(stored, data)
    tables = tables_of(reloaded, asked)
    shrunk = shrinkage_of(reloaded) if groups else ()
    if as_json:
        print_json(effect_files.plain(stored, tables, shrunk))
    else:
        print_tables(stored, tables, notes=notes_of(stored, errors=asked.errors))
        print_shrinkage(shrunk)
    if out is not None:
        written = effect_files.write(stored, tables, shrunk, out)
        telling().print(f"Wrote {', '.join(written)} in {out}")


if __name__ == "__main__":
    app()
