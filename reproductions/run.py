"""Every claim in turn, each in a process of its own; then the table of ``reproductions/README.md``'s numbers.

python reproductions/run.py               # all of them: about two hours on 2 cores
python reproductions/run.py pca table     # some
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from workshop import HERE, NUMBERS

CLAIMS = (
    "staircase", "three_rows", "pca", "product", "table", "unseen", "modes", "linear", "spectra", "geometry",
    "deep_linear", "ablation",
)  # fmt: skip


def main(names: list[str]) -> int:
    """0 if every script ran to its end."""
    begun, failed = time.perf_counter(), []
    for name in names or CLAIMS:
        done = subprocess.run([sys.executable, HERE / f"{name}.py"])
        failed += [name] * (done.returncode != 0)
    for name in names or CLAIMS:
        if name not in failed:
            kept = json.loads((NUMBERS / f"{name}.json").read_text())
            print(f"{name:<14}{kept['seconds']:8.0f} s   {kept['claim']}")
    print(f"{time.perf_counter() - begun:.0f} s in all" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
