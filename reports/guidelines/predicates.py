"""Functions of `ReportInputs`, by name, that look for the evidence that an item of a guideline requires."""

from __future__ import annotations

from collections.abc import Callable

from fits.fit_with_study import Evidence
from fits.number_format import INTERVAL, rounded
from fits.prior_of_fit import prior_of, show_command
from reports.guidelines.finding import Finding, counted, posteriors
from reports.guidelines.sensitivity import (
    BROADEST,
    Other,
    any_other,
    broader,
    command_doubled,
    command_under,
    other_variances,
    others,
)
from reports.report_inputs import ReportInputs

NOT_DATA = ("sampler", "refits")
"""Checks that do not compare predictions with the data."""


Predicate = Callable[[ReportInputs], Finding]


def _check_command(evidence: Evidence) -> str:
    return evidence.command_on("models.check")


def why_bayesian(inputs: ReportInputs) -> Finding:
    """Leave the choice of a Bayesian analysis to the reader, beside the other kind."""
    mle = sum(one.manifest.kind == "mle" for one in (*inputs.fits, *inputs.beside))
    seen = f"{mle} maximum likelihood fits stand beside" if mle else "no maximum likelihood fit stands beside"
    return Finding("for the reader", f"Compare with the frequentist answer: {seen}.", "frequentist")


def goals(inputs: ReportInputs) -> Finding:
    """Leave the goal to the reader, with the models' titles."""
    titles = dict.fromkeys(str(one.manifest.design.get("title", one.name)) for one in inputs.fits)
    return Finding("for the reader", f"What was modelled: {'; '.join(titles)}.", "effects")


def variables_explained(inputs: ReportInputs) -> Finding:
    """Find whether the codebook describes every variable, and which descriptions are assumptions."""
    assumed = {name for one in inputs.fits for name, found in one.codebook.variables.items() if found.assumed}
    text = f"Outcomes, exposures and controls with meaning and contrast; {len(assumed)} variables rest on assumptions."
    return Finding("met", text, "data")


def likelihood_explained(inputs: ReportInputs) -> Finding:
    """Find the equation, which names likelihood, parameters and levels."""
    said = "Likelihood, linear predictor and pooled groups are written out"
    return counted(inputs, _has_priors, said, "priors", supply=lambda one: f"{one.command} --show")


def _has_priors(evidence: Evidence) -> bool:
    return prior_of(evidence).priors is not None


def priors_explained(inputs: ReportInputs) -> Finding:
    """Find whether every belief has a reason and a source."""

    def good(evidence: Evidence) -> bool:
        priors = prior_of(evidence).priors
        return priors is not None and all(belief.reason and belief.source for belief in priors.roles.values())

    return counted(inputs, good, "Every belief stands with its reason and its source", "priors")


def formal(inputs: ReportInputs) -> Finding:
    """Find the equation with priors on the model's scale."""
    said = "Likelihood and priors are given line by line on the model's scale"
    return counted(inputs, _has_priors, said, "priors", supply=lambda one: f"{one.command} --show")


def prior_predictive(inputs: ReportInputs) -> Finding:
    """Find whether data drawn from the prior were compared with the observed data."""
    said = "Outcomes drawn from the prior alone were compared with the observed"
    return counted(
        inputs, lambda one: any(map(_of_prior, one.manifest.predictive)), said, "priors", supply=_check_command
    )


def _of_prior(check: str) -> bool:
    return check.startswith("prior_")


def software(inputs: ReportInputs) -> Finding:
    """Find the software versions, which every manifest has."""
    names = sorted({name for one in inputs.fits for name in one.manifest.request.versions})
    there = all(one.manifest.request.versions for one in inputs.fits)
    return Finding("met" if there else "missing", f"Versions of {', '.join(names) or 'nothing'}.", "provenance")


def converged(inputs: ReportInputs) -> Finding:
    """Find whether R-hat passed, with figures of the chains."""
    said = "R-hat is within its bound, and ranks and traces of the worst parameters are drawn"
    return counted(inputs, lambda one: one.manifest.checks.get("rhat", False), said, "diagnostics")


def _resolved(evidence: Evidence) -> bool:
    return all(evidence.manifest.checks.get(check, False) for check in ("ess_bulk", "ess_tail"))


def resolution(inputs: ReportInputs) -> Finding:
    """Find whether there are enough effective draws, in the bulk and in the tails."""
    said = "Bulk and tail have as many effective draws as the gate asks"
    return counted(inputs, _resolved, said, "diagnostics", supply=command_doubled)


def not_mcmc(inputs: ReportInputs) -> Finding:
    """Find whether a fit was computed without MCMC, which only maximum likelihood is."""
    found = [one.name for one in (*inputs.fits, *inputs.beside) if one.manifest.kind == "mle"]
    if not found:
        return Finding("does not apply", "Everything here is computed from draws of MCMC.", "diagnostics")
    said = f"By maximum likelihood, with standard errors that hold in large samples: {', '.join(found)}."
    return Finding("met", said, "frequentist")


def posterior_predictive(inputs: ReportInputs) -> Finding:
    """Find whether predictions were checked; where some checks fail, the model is not adequate in every respect."""

    def made(evidence: Evidence) -> list[str]:
        return [name for name in evidence.manifest.predictive if name not in NOT_DATA and not _of_prior(name)]

    found = counted(
        inputs, lambda one: bool(made(one)), "Predictions were compared with the data", "checks", supply=_check_command
    )
    wrong = {one.name: [name for name in one.manifest.unpredicted if name in made(one)] for one in posteriors(inputs)}
    failed = "; ".join(f"{name}: {', '.join(checks)}" for name, checks in wrong.items() if checks)
    if not failed:
        return found
    return Finding("partly", f"{found.sentence} Some failed ({failed}).", "checks", found.commands)


def summarised(inputs: ReportInputs) -> Finding:
    """Find the effects' means and intervals."""
    return Finding(
        "met", f"Means and equal-tailed {INTERVAL:.0%} intervals, with no more digits than known.", "effects"
    )


def compared(inputs: ReportInputs) -> Finding:
    """Find whether rival likelihoods on the same rows were compared."""
    rivals = [
        (one, other)
        for one in posteriors(inputs)
        for other in inputs.same_question(one)
        if other.manifest.kind == "posterior" and other.manifest.request.family != one.manifest.request.family
    ]
    if not rivals:
        return Finding("does not apply", "No models are compared, and no Bayes factor is computed.", "checks")
    commands = tuple(dict.fromkeys(one.command_on("models.check", other.name) for one, other in rivals))
    text = "Rival likelihoods stand beside; their predictions, not their odds, are what can be compared."
    return Finding("partly", text, "checks", commands)


UNJUDGED = Finding("does not apply", "No claim is judged here, so that no rule is needed.", "verdicts")


def why_decide(inputs: ReportInputs) -> Finding:
    """Leave to the reader whether a decision is called for."""
    asked = ", ".join(source.name for source in inputs.sources)
    why = f"Claims of {asked} ask for a verdict" if asked else "No claim asks for a verdict"
    without = [one.name for one in inputs.fits if one.why_no_verdict]
    rest = f"none may rest on {', '.join(without)}" if without else "every fit may bear one"
    return Finding("for the reader", f"{why}; {rest}. Effects stand without any decision too.", "verdicts")


def smallest_effect(inputs: ReportInputs) -> Finding:
    """Find the rule's smallest effect that matters, and its source."""
    rule = inputs.rule
    if rule is None:
        return UNJUDGED
    sizes = ", ".join(f"{value:g} in {scale}" for scale, value in rule.smallest.items())
    ground = "assumed, with its reason" if rule.assumed else f"from {rule.source}"
    said = f"Rule {rule.name!r}: effects under {sizes} are practically none; {ground}."
    return Finding("partly" if rule.assumed else "met", said, "verdicts")


def rule_fixed(inputs: ReportInputs) -> Finding:
    """Find whether the rule is registered with exactly its present content."""
    rule = inputs.rule
    if rule is None:
        return UNJUDGED
    said = f"Rule {rule.name!r} asks for a probability of {rule.sure:g}; {rule.standing}"
    if not rule.registered:
        return Finding("missing", f"{said}.", "verdicts")
    first = min((one.manifest.created[:10] for one in inputs.fits), default="")
    late = bool(first) and rule.standing.rsplit(" ", 1)[-1] > first  # ISO 8601 sorts as text
    return Finding("partly" if late else "met", f"{said}; the first fit here was made on {first}.", "verdicts")


def _sensitivity(inputs: ReportInputs, kind: Other, said: str, asked: str) -> Finding:
    """Find whether exactly the same question was answered under another prior set of this kind."""

    def good(evidence: Evidence) -> bool:
        return any(kind(evidence, one) for one in others(inputs, evidence, priors=True))

    def supply(evidence: Evidence) -> str:
        return command_under(evidence, "weak" if evidence.manifest.request.priors == asked else asked)

    return counted(inputs, good, said, "priors", supply=supply)


def broader_prior(inputs: ReportInputs) -> Finding:
    """Find the same question under a broader prior set."""
    return _sensitivity(inputs, broader, "The same fit stands here under a broader prior set", BROADEST)


def other_prior(inputs: ReportInputs) -> Finding:
    """Find the same question under any other prior set."""
    return _sensitivity(inputs, any_other, "The same fit stands here under another prior set", "skeptical")


def other_spread(inputs: ReportInputs) -> Finding:
    """Find the same question under other priors of standard deviations."""
    said = "The same fit stands here under other priors of groups' and units' standard deviations"
    return _sensitivity(inputs, other_variances, said, BROADEST)


def decisions_sensitive(inputs: ReportInputs) -> Finding:
    """Judge verdicts under several prior sets, where there are several."""
    found = other_prior(inputs)
    if found.status != "met":
        return Finding(found.status, found.sentence, "verdicts", found.commands)
    text = "Fits under other prior sets stand here: see whether their verdicts are the same."
    return Finding("for the reader", text, "verdicts")


def script_and_data(inputs: ReportInputs) -> Finding:
    """Find script and data; simulated data come with the project, others are with their owners."""
    own = [one.name for one in inputs.fits if not one.manifest.simulated]
    if not own:
        return Finding("met", "Code and data come with the project: the data are simulated from a seed.", "provenance")
    return Finding(
        "partly", f"The code is open; the data of {', '.join(own)} are named by their hash only.", "provenance"
    )


def readable(inputs: ReportInputs) -> Finding:
    """Leave the readability of code and declarations to the reader."""
    text = "Models, prior sets and codebooks are short TOML files; read those that the commands name."
    return Finding("for the reader", text, "provenance")


def files(inputs: ReportInputs) -> Finding:
    """Find the files of tables and figures, which every report has."""
    return Finding("met", "Every table stands beside the page as CSV and JSON, every figure as SVG.", "provenance")


def runs(inputs: ReportInputs) -> Finding:
    """Find whether anything has changed since the fits were made."""
    stale = [one.name for one in inputs.fits if one.differs]
    if stale:
        commands = tuple(one.command for one in inputs.fits if one.differs)
        return Finding("partly", f"Something has changed since {', '.join(stale)} were made.", "provenance", commands)
    return Finding("met", "Nothing that decides the draws has changed since; the commands are given.", "provenance")


def seeds(inputs: ReportInputs) -> Finding:
    """Find whether every fit's seed is stored."""
    return counted(inputs, lambda one: "seed" in one.manifest.request.settings, "The seed is stored", "provenance")


def figures(inputs: ReportInputs) -> Finding:
    """Find the origins of figures, which every table and figure names."""
    return Finding("met", "Every table and figure names what made it, of which fits.", "provenance")


def priors_understood(inputs: ReportInputs) -> Finding:
    """Leave the beliefs to the reader, before the posterior."""
    text = "Read each belief with its reason, and what the prior alone says of the outcomes."
    commands = tuple(dict.fromkeys(show_command(one) for one in posteriors(inputs)))
    return Finding("for the reader", text, "priors", commands)


def doubled(inputs: ReportInputs) -> Finding:
    """Find the same fit with twice the draws."""

    def good(evidence: Evidence) -> bool:
        same = evidence.manifest.request.priors_sha256
        again = [one for one in others(inputs, evidence, priors=False) if one.manifest.request.priors_sha256 == same]
        kept = evidence.manifest.draws_kept
        return kept > 0 and any(one.manifest.draws_kept >= 2 * kept for one in again)

    said = "The same fit stands here with twice the draws"
    found = counted(inputs, good, said, "diagnostics", supply=command_doubled)
    if found.status != "missing" or not all(one.manifest.checks.get("rhat") for one in posteriors(inputs)):
        return found
    return Finding(
        "partly", f"{found.sentence} R-hat compares the halves of every chain.", "diagnostics", found.commands
    )


def autocorrelation(inputs: ReportInputs) -> Finding:
    """Find the share of effective draws among all draws."""
    shares = []
    for one in posteriors(inputs):
        kept, fewest = one.manifest.draws_kept, one.manifest.diagnostics.get("ess_bulk_min")
        if kept and isinstance(fewest, int | float):
            shares.append(100 * fewest / kept)
    least = f", at worst {rounded(min(shares), 0)} effective of 100 draws" if shares else ""
    return counted(inputs, _resolved, f"Few enough draws hang together{least}", "diagnostics", supply=command_doubled)


def sense(inputs: ReportInputs) -> Finding:
    """Leave to the reader whether effects and predictions make sense."""
    text = "Could these effects be true of such units? Look at their sizes in the outcome's unit, and at the checks."
    return Finding("for the reader", text, "effects")


def bayesian_words(inputs: ReportInputs) -> Finding:
    """Find the wording: probabilities and intervals, with p-values for maximum likelihood only."""
    mle = [one.name for one in inputs.fits if one.manifest.kind == "mle"]
    if mle:
        return Finding(
            "partly", f"Of {', '.join(mle)} there are p-values, which are no probabilities of effects.", "effects"
        )
    return Finding(
        "met", "Effects stand with intervals that hold them and with probabilities of being above 0.", "effects"
    )


PREDICATES: dict[str, Predicate] = {
    made.__name__: made
    for made in (
        why_bayesian, goals, variables_explained, likelihood_explained, priors_explained, formal, prior_predictive,
        software, converged, resolution, not_mcmc, posterior_predictive, summarised, compared, why_decide,
        smallest_effect, rule_fixed, broader_prior, other_prior, other_spread, decisions_sensitive, script_and_data,
        readable, files, runs, seeds, figures, priors_understood, doubled, autocorrelation, sense, bayesian_words,
    )
}  # fmt: skip
