"""How well models find clips: metrics, encoders, baselines, training, reports."""
