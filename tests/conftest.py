"""What holds for every test: no setting of the person who runs it, no deadline on a property."""

import os

from hypothesis import HealthCheck, settings

KEPT = {"LUUTRU_CORPORA", "LUUTRU_TEST_POSTGRES"}

for name in [name for name in os.environ if name.startswith("LUUTRU_") and name not in KEPT]:
    del os.environ[name]

# The machine may be busy with the other tests: how long one example takes says nothing.
# The current profile is the parent, so that Hypothesis' own settings for CI stay in force.
settings.register_profile("luutru", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("luutru")
