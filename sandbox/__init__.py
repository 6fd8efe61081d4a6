"""A whole AWS side on loopback, for the demo, the tests and the benchmark. The product never imports it.

`python -m sandbox --help` runs it as a process, `sandbox.running()` inside a test. Which file answers for what:

  HTTP                 server, connection, messages
  who is called        app, calls; what goes wrong: knobs, faults; what was seen: record, payloads
  IoT's data plane     iot_data, shadows, documents, updates; seeded by fleet
  IoT's control plane  iot_control, registry, paging; seeded by registry_seed. The Things of --fleet are registered, in
                       the group "fleet"; one that merely got a shadow by UpdateThingShadow is not, as in AWS
  SearchIndex          search_index, fleet_index, fleet_query, fleet_query_terms, fleet_fields
  Lambda               lambda_; with code of the user's: function_runs, function, function_process
  EventBridge          eventbridge, put_events; from the bus on: delivery, rule, event_pattern, destination,
                       retry_policy, event_record
  SpacetimeDB          spacetimedb*
  /sandbox/ over HTTP  control, control_requests, event_control, registry_control
"""

from sandbox.calls import Fault
from sandbox.embedded import running
from sandbox.function import HandlerError
from sandbox.knobs import KnobError, Knobs
from sandbox.registry_seed import RegistryError
from sandbox.rule import RuleError
from sandbox.running_sandbox import RunningSandbox
from sandbox.spacetimedb_table import Row

__all__ = [
    "Fault",
    "HandlerError",
    "KnobError",
    "Knobs",
    "RegistryError",
    "Row",
    "RuleError",
    "RunningSandbox",
    "running",
]
