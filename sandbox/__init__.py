"""A whole AWS side on loopback, for the demo, the tests and the benchmark. The product never imports it.

`python -m sandbox --help` runs it as a process, `sandbox.running()` inside a test.
"""

from sandbox.calls import Fault
from sandbox.embedded import RunningSandbox, running
from sandbox.knobs import KnobError, Knobs

__all__ = ["Fault", "KnobError", "Knobs", "RunningSandbox", "running"]
