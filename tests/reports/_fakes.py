"""Names under which tests of calibration and attacks still know what stands in other files."""

from tests.fakes import posterior as posterior
from tests.models._prepare import few_kinds as few_kinds
from tests.small_study import kinds as kinds
