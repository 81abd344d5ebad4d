"""The numbers of the Student-t Tobit: its cdf and derivatives in far tails, its expectations, its limits.

`KNOWN` was computed by mpmath with 40 digits, from the incomplete beta function or, where that cancels, by
integrating the density; the derivative by nu is a central difference with a step of 1e-15 at 55 digits.
"""

from __future__ import annotations

import math

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from models.engines.compiled.tools import TOOLS
from models.families import student_tobit, tobit
from models.numerics import student_t

LIMITS = (0.0, 100.0)

# (nu, z, log T(z), its derivative by z, its derivative by nu)
KNOWN = [
    (1.0001, -1000000.0, -14.961602676764199, 1.0000999999993332e-6, -13.622295627592747),
    (1.0001, -60.0, -5.2395571659304946, 0.016665246987895127, -3.9013302365882693),
    (1.0001, -7.5, -3.1656971136235143, 0.13179004119482172, -1.8343828772392775),
    (1.0001, -2.3, -2.0360936367985679, 0.38767580078285858, -0.7616739312090307),
    (1.0001, -0.4, -0.97053984301586948, 0.72427482698797112, -0.068893207619460586),
    (1.0001, 0.9, -0.3102435692009827, 0.23984107439216027, 0.082382066088784452),
    (1.0001, 4.5, -0.072135435825715889, 0.016099137880193644, 0.1006394771542341),
    (1.0001, 10000.0, -3.180280464348986e-5, 3.1806490477010285e-9, 0.00028677443918644849),
    (1.7, -1000000.0, -24.360163142954908, 1.699999999997891e-6, -13.267760433548819),
    (1.7, -60.0, -7.8344737930163841, 0.028323573991277074, -3.5469682326478154),
    (1.7, -7.5, -4.3176246526329101, 0.22180069737036918, -1.4906053448796203),
    (1.7, -2.3, -2.4648649351638914, 0.60450172271081205, -0.49577169608212082),
    (1.7, -0.4, -1.0027746091714034, 0.83679965947398736, -0.030713455870933435),
    (1.7, 0.9, -0.27254860747033571, 0.26901179503547318, 0.035135264567667799),
    (1.7, 4.5, -0.031262731294139678, 0.011313711854749503, 0.032368359288561981),
    (1.7, 10000.0, -6.6147826488313744e-8, 1.124513073543341e-11, 5.7301153647706102e-7),
    (3.3, -1000000.0, -45.211813717827474, 3.2999999999911645e-6, -12.848016395845882),
    (3.3, -60.0, -13.133192521475525, 0.054959131437361047, -3.1276474382432731),
    (3.3, -7.5, -6.3462399267510977, 0.4201592313505325, -1.0964332935926051),
    (3.3, -2.3, -3.0264158510538086, 0.9762097192152905, -0.25061354319527206),
    (3.3, -0.4, -1.0304955400315273, 0.9371252498583696, -0.0097323528875347723),
    (3.3, 0.9, -0.24138553113238219, 0.29399856628744987, 0.010760076907705929),
    (3.3, 4.5, -0.0083725687384826529, 0.0054591927217050446, 0.0055827582623042546),
    (3.3, 10000.0, -9.2205911694803269e-14, 3.042795004462118e-17, 7.6003915238717741e-13),
    (8.5, -1000000.0, -110.35487516316547, 8.499999999934631e-6, -12.300864116788698),
    (8.5, -60.0, -27.734032695241161, 0.1413647342027893, -2.5819215305842441),
    (8.5, -7.5, -10.591432432788916, 0.99842933288613153, -0.62883345663850367),
    (8.5, -2.3, -3.7167077411439626, 1.6000037102175713, -0.07112054692869333),
    (8.5, -0.4, -1.0512209355500796, 1.0144602994332755, -0.0016260607663257668),
    (8.5, 0.9, -0.2187182673037935, 0.31288355911655181, 0.0017607399518435994),
    (8.5, 4.5, -0.0008598944194968545, 0.0011878162319393899, 0.0002544986472629987),
    (8.5, 10000.0, -1.184367614790568e-31, 1.0067123951510063e-34, 9.1145307599353236e-31),
    (40.25, -1000000.0, -484.48291520782633, 4.0249999998418282e-5, -11.480223648853662),
    (40.25, -60.0, -93.424449201322976, 0.66359144646035921, -1.7700083345149087),
    (40.25, -7.5, -20.117104315680322, 3.1796607968869251, -0.15287022707266175),
    (40.25, -2.3, -4.3158272339196487, 2.3253751089337157, -0.0050449803402048014),
    (40.25, -0.4, -1.0623697696364997, 1.0569587105816857, -7.5731807387492022e-5),
    (40.25, 0.9, -0.20670049237473894, 0.32323053108884598, 8.1292425767326912e-5),
    (40.25, 4.5, -2.8382812644701187e-5, 8.8678218173856468e-5, 1.1482869798021338e-6),
    (40.25, 10000.0, -1.2352074845135595e-130, 4.9717081714181661e-133, 8.4921179847219833e-130),
    (1000.5, -1000000.0, -10370.936988928095, 0.0010004999989999983, -9.861882482327255),
    (1000.5, -60.0, -767.46495282240674, 13.052197053891143, -0.37196155681958565),
    (1000.5, -7.5, -30.286577749868749, 7.2226571825368631, -0.00076090508361808915),
    (1000.5, -2.3, -4.5257437996637108, 2.6271159718470718, -9.4807451279390372e-6),
    (1000.5, -0.4, -1.0653101607696021, 1.0682782016324631, -1.2380116617597035e-7),
    (1000.5, 0.9, -0.20354732934097, 0.32599218897043481, 1.3263136725807198e-7),
    (1000.5, 4.5, -3.7963348623088291e-6, 1.7503651669552666e-5, 4.1549916464692137e-10),
    (1000000.0, -1000000.0, -6907763.6056754492, 0.999999000002, -6.4077567789806371),
    (1000000.0, -37.0, -688.56178872603977, 36.976366985943703, -4.6836963877581506e-7),
    (1000000.0, -7.5, -31.075072011481829, 7.6285370475965036, -8.188609565802794e-10),
    (1000000.0, -2.3, -4.5352512458955185, 2.6414204288530889, -9.5533458466896551e-12),
    (1000000.0, -0.4, -1.0654339252138861, 1.0687556933964524, -1.2397566522195732e-13),
    (1000000.0, 0.9, -0.20341474256357198, 0.32610877695966388, 1.3280780318088556e-13),
    (1000000.0, 4.5, -3.3980610258797776e-6, 1.5985268224993918e-5, 3.8214548180583644e-16),
]


@pytest.fixture(scope="module")
def compiled():
    """Return `evaluate(kind, y, eta, sd, above_one, limits)` -> value, d/d eta, d/d log sd, d/d log(nu - 1)."""
    made, prepared = student_tobit.cell(TOOLS), student_tobit.FAMILY.prepared
    prepare, pointwise = made.prepare, made.pointwise

    def evaluate(kind, y, eta, *, sd=1.0, above_one, limits=LIMITS, weight=1.0):
        ready, bar = np.full(prepared, np.nan), np.array([10.0, 20.0])
        prepare(np.array([math.log(sd), math.log(above_one)]), ready)
        value, slope = pointwise(kind, y, weight, eta, *limits, ready, bar)
        return np.array([value, slope, bar[0] - 10.0, bar[1] - 20.0])

    return evaluate


def values(sd, nu):
    return {"residual_scale": np.array([sd]), "degrees_of_freedom": np.array([nu])}


@pytest.mark.parametrize(("nu", "z", "log_cdf", "by_z", "by_nu"), KNOWN)
def test_the_cdf_and_its_derivatives_have_their_digits_in_both_tails(compiled, nu, z, log_cdf, by_z, by_nu):
    assert student_t.log_cdf(np.array([z]), np.array([nu])) == pytest.approx(log_cdf, rel=1e-13)
    if z < 0.0:
        assert student_t.log_pdf(np.array([z]), np.array([nu])) == pytest.approx(log_cdf + math.log(by_z), rel=1e-13)
    above_one = nu - 1.0
    for kind, limit, sign in ((-1, LIMITS[0], -1.0), (1, LIMITS[1], 1.0)):
        limits = (0.0, 0.0)  # so that eta = z to the last digit
        value, by_eta, by_log_sd, by_slot = compiled(kind, limit, sign * z, above_one=above_one, limits=limits)
        # polynomials have 12 digits of the value and 10 of its derivatives
        assert value == pytest.approx(log_cdf, rel=1e-11)
        assert by_eta == pytest.approx(sign * by_z, rel=1e-9)
        # next to the 10 already in `bar` a derivative has 14 decimals
        assert by_log_sd == pytest.approx(-z * by_z, rel=1e-9, abs=1e-14)
        assert by_slot == pytest.approx(above_one * by_nu, rel=1e-9, abs=1e-12 if abs(by_slot) > 1e-9 else 1e-14)


def test_every_piece_of_the_table_agrees_with_the_cdf_itself(compiled):
    z = np.r_[np.linspace(-4.5, 4.5, 721), -np.geomspace(4.0, 1e5, 60), np.geomspace(4.0, 20.0, 20)]
    for above_one in np.geomspace(1e-4, 1e7, 23):
        found = np.array([compiled(-1, 0.0, -at, above_one=above_one) for at in z])
        exact = student_t.log_cdf(z, np.array([1.0 + above_one]))
        np.testing.assert_allclose(found[:, 0], exact, rtol=1e-10)
        slope = np.exp(student_t.log_pdf(z, np.array([1.0 + above_one])) - exact)
        # in this difference of logs, of up to 1e5, digits cancel
        np.testing.assert_allclose(found[:, 1], -slope, rtol=1e-8)


@pytest.mark.parametrize("above_one", [1e-3, 0.4, 3.0, 40.0, 900.0])
@pytest.mark.parametrize(("kind", "y"), [(-1, 0.0), (0, 30.0), (1, 100.0)])
def test_the_derivatives_are_those_of_the_value(compiled, kind, y, above_one):
    step = 1e-4

    def slope(change):
        # (f(-2) - 8 f(-1) + 8 f(1) - f(2)) / 12: its error is of the order of step^4
        return (change(-2) - 8.0 * change(-1) + 8.0 * change(1) - change(2)) / (12.0 * step)

    for eta in (-900.0, -70.0, -3.0, 31.0, 104.0, 170.0, 2000.0):

        def at(moved=eta, sd=20.0, above=above_one):
            return compiled(kind, y, moved, sd=sd, above_one=above, weight=1.7)[0]

        _, by_eta, by_log_sd, by_slot = compiled(kind, y, eta, sd=20.0, above_one=above_one, weight=1.7)
        scale = max(1.0, abs(at()))
        # rounding of the value, divided by the step
        close = {"rel": 1e-7, "abs": 1e-11 * scale}
        assert by_eta == pytest.approx(slope(lambda k, eta=eta, at=at: at(moved=eta + 20.0 * k * step)) / 20.0, **close)
        assert by_log_sd == pytest.approx(slope(lambda k, at=at: at(sd=20.0 * math.exp(k * step))), **close)
        assert by_slot == pytest.approx(slope(lambda k, at=at: at(above=above_one * math.exp(k * step))), **close)


def test_values_between_the_limits_have_scipys_density(compiled):
    y, eta = np.array([0.5, 40.0, 99.0]), np.array([-1e5, 38.0, 300.0])
    for nu in (1.001, 2.5, 30.0, 1e5):
        exact = stats.t.logpdf((y - eta) / 7.0, nu) - math.log(7.0)
        # scipy's difference of two log-gammas loses digits as nu grows
        np.testing.assert_allclose(student_tobit.log_density(y, eta, values(7.0, nu), LIMITS), exact, rtol=1e-9)
        found = [compiled(0, *pair, sd=7.0, above_one=nu - 1.0)[0] for pair in zip(y, eta, strict=True)]
        np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_the_graph_has_the_compiled_value_and_gradient(compiled):
    z = np.r_[-np.geomspace(0.01, 1e6, 25), 0.0, -0.97, 0.97, -1.0, 1.0, np.geomspace(0.01, 1e6, 25)]
    kind = np.repeat([-1, 0, 1], z.size)
    y = np.repeat([0.0, 50.0, 100.0], z.size)
    eta = y + 20.0 * np.where(kind == 1, 1.0, -1.0) * np.tile(z, 3)
    inputs = [pt.vector(), pt.vector(), pt.vector()]
    named = {"residual_scale": pt.exp(inputs[1]), "degrees_of_freedom": 1.0 + pt.exp(inputs[2])}
    at = [np.flatnonzero(kind == k) for k in (-1, 0, 1)]
    out = student_tobit.graph(pt, pt.as_tensor(y), inputs[0], named, LIMITS, *at)
    graph = pytensor.function(inputs, [out, *pt.grad(out.sum(), inputs)])
    for above_one in (1e-4, 0.7, 4.0, 300.0, 1e6):
        expected = graph(eta, np.full(y.size, math.log(20.0)), np.full(y.size, math.log(above_one)))
        found = [compiled(k, a, b, sd=20.0, above_one=above_one) for k, a, b in zip(kind, y, eta, strict=True)]
        for one, other in zip(np.transpose(found), expected, strict=True):
            # the absolute part is that of a derivative that passes through zero
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=3e-12)
        np.testing.assert_allclose(np.transpose(found)[0], expected[0], rtol=1e-10, atol=1e-14)
        numpy = student_tobit.log_density(y, eta, values(20.0, 1.0 + above_one), LIMITS)
        np.testing.assert_allclose(numpy, expected[0], rtol=1e-11)


def test_it_is_the_tobit_as_the_degrees_of_freedom_grow(compiled):
    y, eta = np.array([0.0, 0.0, 45.0, 100.0]), np.array([300.0, -10.0, 40.0, 60.0])
    sd, many = np.array([20.0]), values(20.0, 1e13)
    exact = tobit.log_density(y, eta, {"residual_sd": sd}, LIMITS)
    np.testing.assert_allclose(student_tobit.log_density(y, eta, many, LIMITS), exact, rtol=1e-9)
    for above_one in (1e13, 1e300):
        found = np.array(
            [compiled(k, *pair, sd=20.0, above_one=above_one) for k, *pair in zip([-1, -1, 0, 1], y, eta, strict=True)]
        )
        np.testing.assert_allclose(found[:, 0], exact, rtol=1e-9)
        # nothing is left to learn about nu
        np.testing.assert_allclose(found[:, 3], 0.0, atol=1e-7 if above_one < 1e14 else 1e-14)
    np.testing.assert_allclose(
        student_tobit.expected(eta, many, LIMITS), tobit.expected(eta, {"residual_sd": sd}, LIMITS), rtol=1e-9
    )


def test_it_is_cauchy_as_the_degrees_of_freedom_go_to_one(compiled):
    z = np.array([-1e6, -30.0, -1.0, 0.4, 3.0])
    exact = np.log(np.where(z < -1.0, np.arctan(-1.0 / z) / np.pi, 0.5 + np.arctan(z) / np.pi))
    found = np.array([compiled(-1, 0.0, -at, above_one=1e-11) for at in z])
    np.testing.assert_allclose(found[:, 0], exact, rtol=1e-9)
    np.testing.assert_allclose(found[:, 1], -1.0 / (np.pi * (1.0 + z * z)) / np.exp(exact), rtol=1e-9)


def integrals(eta, sd, nu, lower, upper):
    """Return E[y] and the mean between the limits, less the limit nearer to eta, by numerical integration."""
    near, far = (lower, upper) if eta < 0.5 * (lower + upper) else (upper, lower)
    ends = np.r_[0.0, np.geomspace(1e-8, 1.0, 80)] * (far - near)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    # (piece, node): the distance from the near limit
    v = ends[:-1, None] + np.diff(ends)[:, None] * 0.5 * (nodes + 1.0)
    weight = 0.5 * np.abs(np.diff(ends))[:, None] * weights
    # The density over that at the near limit, of which the digits do not depend on how far away it is
    density = np.exp(-0.5 * (nu + 1.0) * np.log1p(v * (v + 2.0 * (near - eta)) / (nu * sd**2 + (near - eta) ** 2)))
    mass, first = (weight * density).sum(), (weight * density * v).sum()
    beyond = stats.t.sf(math.copysign(1.0, far - near) * (far - eta) / sd, nu)
    at_near = math.exp(stats.t.logpdf((near - eta) / sd, nu)) / sd
    return first * at_near + (far - near) * beyond, first / mass, near


@pytest.mark.parametrize("nu", [1.0001, 1.6, 4.0, 30.0, 2000.0])
@pytest.mark.parametrize(
    ("eta", "sd"), [(-1e7, 20.0), (-650.0, 20.0), (-180.0, 20.0), (-5.0, 20.0), (70.0, 20.0), (-3e6, 1e6)]
)
def test_expectations_agree_with_integration_in_far_tails_too(nu, eta, sd):
    for at in (eta, 100.0 - eta):
        expected, between, near = integrals(at, sd, nu, *LIMITS)
        found = student_tobit.expected(np.array([at]), values(sd, nu), LIMITS)[0] - near
        # a tenth of a millionth of the distance is all that lies between the limits, so the last digits are lost;
        # above the upper limit 100 - y has the digits of 100
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-12 if near else 0.0) or abs(expected) < 1e-290
        mean = student_tobit.interior(np.array([at]), values(sd, nu), LIMITS)[0] - near
        assert mean == pytest.approx(between, rel=1e-9)


def test_expectations_are_those_of_draws():
    rng = np.random.default_rng(3)
    eta = np.array([-30.0, 20.0, 50.0, 115.0])
    named = values(20.0, 2.5)
    y = student_tobit.draw(np.broadcast_to(eta, (200_000, 4)), named, LIMITS, rng)
    assert y.min() == LIMITS[0]
    assert y.max() == LIMITS[1]
    for shares, function in (
        (y == LIMITS[0], student_tobit.at_lower),
        (y == LIMITS[1], student_tobit.at_upper),
        (y, student_tobit.expected),
    ):
        # 5 standard errors: one run in a hundred thousand fails by chance
        error = shares.std(axis=0) / np.sqrt(len(y))
        assert np.all(np.abs(shares.mean(axis=0) - function(eta, named, LIMITS)) < 5.0 * error)
    inside = [column[(column > LIMITS[0]) & (column < LIMITS[1])] for column in y.T]
    error = np.array([column.std() / np.sqrt(column.size) for column in inside])
    means = np.array([column.mean() for column in inside])
    assert np.all(np.abs(means - student_tobit.interior(eta, named, LIMITS)) < 5.0 * error)


def test_the_parts_add_up_and_shapes_broadcast():
    rng = np.random.default_rng(4)
    eta = rng.normal(50.0, 80.0, (2, 3, 5))
    sd, nu = rng.uniform(5.0, 30.0, (2, 3, 1)), 1.0 + rng.gamma(2.0, 2.0, (2, 3, 1))
    named = {"residual_scale": sd, "degrees_of_freedom": nu}
    low, high = (f(eta, named, LIMITS) for f in (student_tobit.at_lower, student_tobit.at_upper))
    between = student_tobit.interior(eta, named, LIMITS)
    whole = LIMITS[0] * low + LIMITS[1] * high + (1.0 - low - high) * between
    np.testing.assert_allclose(student_tobit.expected(eta, named, LIMITS), whole, rtol=1e-10)
    y = np.array([0.0, 20.0, 100.0, 60.0, 0.0])
    found = student_tobit.log_density(y, eta, named, LIMITS)
    assert found.shape == student_tobit.draw(eta, named, LIMITS, rng).shape == (2, 3, 5)
    for place in np.ndindex(2, 3):
        alone = {name: value[place] for name, value in named.items()}
        np.testing.assert_array_equal(found[place], student_tobit.log_density(y, eta[place], alone, LIMITS))
    np.testing.assert_allclose(np.exp(found[..., 0]), low[..., 0], rtol=1e-12)
    np.testing.assert_allclose(np.exp(found[..., 2]), high[..., 2], rtol=1e-12)


@pytest.mark.parametrize("nu", [1.3, 5.0, 200.0])
def test_a_limit_may_be_absent(nu):
    eta, named = np.array([-400.0, -90.0, -2.0, 60.0]), values(20.0, nu)
    far = 1e22 if nu < 2.0 else 1e9
    one, both = (0.0, math.inf), (0.0, far)
    for function in (student_tobit.expected, student_tobit.interior):
        # what the far limit cuts off is of the order of far^(1 - nu)
        close = {"rtol": 1e-5 if nu < 2.0 else 1e-9}
        np.testing.assert_allclose(function(eta, named, one), function(eta, named, both), **close)
        np.testing.assert_allclose(function(-eta, named, (-math.inf, 0.0)), -function(eta, named, one), rtol=1e-12)
        np.testing.assert_allclose(function(eta, named, (-math.inf, math.inf)), eta, rtol=1e-12)
    a = -eta / 20.0
    # the mean of a truncated t has a closed form
    exact = eta + 20.0 * (nu + a * a) / (nu - 1.0) * stats.t.pdf(a, nu) / stats.t.sf(a, nu)
    np.testing.assert_allclose(student_tobit.interior(eta, named, one), exact, rtol=1e-9)
    nowhere = (-math.inf, math.inf)
    assert not student_tobit.at_lower(eta, named, nowhere).any()
    assert not student_tobit.at_upper(eta, named, nowhere).any()
    density = student_tobit.log_density(np.zeros(4), eta, named, nowhere)
    np.testing.assert_allclose(density, stats.t.logpdf(eta / 20.0, nu) - math.log(20.0), rtol=1e-11)


def test_the_information_counts_cells_at_a_limit_half():
    like = np.array([0.0, 10.0, 20.0, 100.0])
    assert student_tobit.FAMILY.information(like, like, LIMITS) == pytest.approx(3.0 / np.var(like))
