"""svta and mteb. In: mteb's tasks or models; out: svta's datasets as mteb tasks, mteb's models as svta encoders."""
