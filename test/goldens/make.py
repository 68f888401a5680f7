"""Makes every golden file: `python test/goldens/make.py`, or only some: `python test/goldens/make.py losses nn`."""

import pathlib
import runpy
import sys

HERE = pathlib.Path(__file__).parent
SCRIPTS = ["inputs_check", "random_draws", "promotion", "losses", "triplet_family", "metric", "optim", "nn", "layers", "functions", "corners", "ops", "models", "serialization", "events"]

chosen = sys.argv[1:] or SCRIPTS
unknown = set(chosen) - set(SCRIPTS)
if unknown:
    raise SystemExit(f"make.py: got {', '.join(sorted(unknown))}, expected some of {', '.join(SCRIPTS)}")
sys.path.insert(0, str(HERE))
for script in chosen:
    if script == "ops" and not (HERE / "data" / "op-samples.json").exists():
        print("ops.json: skipped, data/op-samples.json is not written yet")
        continue
    runpy.run_path(str(HERE / f"{script}.py"), run_name="__main__")
