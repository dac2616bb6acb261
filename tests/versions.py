"""Tests with the oldest and with the newest allowed dependencies, on each Python that is here: ``make versions``.

    python tests/versions.py                                        every Python that is found, oldest and newest
    python tests/versions.py --python 3.13 --which oldest           one of these, as a CI job has it
    python tests/versions.py --which oldest -- tests/test_cli.py    only some tests

The oldest are the lower bounds of pyproject.toml; the newest are what pip takes, of what it has as wheels.
"""

import argparse
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
EXTRAS = ("plots", "explorer", "sklearn")  # dev is what tests need, of any age


def oldest(version: str) -> list[str]:
    """The lower bound of each dependency that a Python has, as constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    environment = default_environment() | {"python_version": version, "python_full_version": f"{version}.0"}
    asked = [Requirement(line) for line in lines]
    made = {}
    for one in asked:
        if one.marker is None or one.marker.evaluate(environment):
            [bound] = [part.version for part in one.specifier if part.operator == ">="]
            made[one.name] = f"{one.name}=={bound}"
    return list(made.values())


def found(version: str) -> str | None:
    """The interpreter of a version: on the path, among pyenv's, or that which runs this."""
    if sys.version.startswith(f"{version}."):
        return sys.executable
    homes = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(homes[-1]) if homes else shutil.which(f"python{version}")


def ran(version: str, which: str, folder: Path, tests: list[str]) -> bool:
    """Install into an environment of its own and run the tests; whether they passed."""
    python = found(version)
    print(
        f"\n== Python {version}, {which} dependencies{'' if python else ': there is no such Python here'}", flush=True
    )
    if python is None:
        return True
    home = folder / f"{version}-{which}"
    if not (home / "pyvenv.cfg").exists():
        subprocess.run([python, "-m", "venv", str(home)], check=True)
    own = str(home / "bin" / "python")
    constraints = home / "constraints.txt"
    constraints.write_text("\n".join(oldest(version) if which == "oldest" else []) + "\n")
    install = [own, "-m", "pip", "install", "-qq", "--prefer-binary", "--upgrade", "--disable-pip-version-check"]
    extras = ",".join(("dev", *EXTRAS))
    done = subprocess.run([*install, "--constraint", str(constraints), "--editable", f"{ROOT}[{extras}]"])
    if done.returncode:
        return False
    subprocess.run([own, "-m", "pip", "list", "--format", "freeze", "--exclude-editable"], check=True)
    return subprocess.run([own, "-m", "pytest", "-q", *(tests or ["-n", "auto"])], cwd=ROOT).returncode == 0


def main() -> int:
    """Run what was asked for; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", nargs="+", default=PYTHONS, choices=PYTHONS)
    parser.add_argument("--which", nargs="+", default=["oldest", "newest"], choices=["oldest", "newest"])
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "versions", help="of the environments")
    parser.add_argument("tests", nargs="*", help="what pytest is given, behind --")
    asked = parser.parse_args()
    failed = [
        f"{version} {which}"
        for version in asked.python
        for which in asked.which
        if not ran(version, which, asked.folder, asked.tests)
    ]
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall passed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
