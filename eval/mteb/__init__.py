"""svta and mteb. In: mteb's tasks or models; out: svta's datasets as mteb tasks, mteb's models as svta encoders.

`import svta.eval.mteb` enters the tasks by name, so that mteb.get_task("SVTAT2VRetrieval") finds them.
"""

from importlib.util import find_spec

if find_spec("mteb") is not None:
    from . import tasks as tasks
