"""Acts of how a body gets along: mounts, manoeuvres, turns, ups and downs. In: a beat under way; out: where it is."""
