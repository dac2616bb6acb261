"""How many random cases a test draws: few in the fast tests, the same ones each time, and many in the slow ones."""

from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FEW = settings(max_examples=150, deadline=None, suppress_health_check=QUIET, derandomize=True)
MANY = settings(max_examples=20_000, deadline=None, suppress_health_check=QUIET)
