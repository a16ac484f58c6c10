"""The user's project file. In: svta.yaml; out: its values, checked, with where each of them is."""
