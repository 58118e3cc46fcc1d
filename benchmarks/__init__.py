"""
Measurements of what DESIGN §10 promises, against named baselines; ``python -m benchmarks`` runs them all.

Speed depends on the machine, so the promises are ratios: ours and the baseline are measured in turns in one run.
"""
