"""The files that lint looks at, and how it reports."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(os.environ.get("BRASA_TEST_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
SKIP = 77  # what ctest counts as skipped


def tracked(*suffixes):
    """Paths of the repository's files with one of the suffixes (none: all), relative to its root."""
    try:
        out = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        names = [name for name in out.split("\0") if name and (ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        names = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if path.is_file() and path.relative_to(ROOT).parts[0] not in ("build", ".git", "out")
        ]
    return sorted(name for name in names if not suffixes or name.endswith(suffixes))


def finish(problems, checked, what):
    """Print the problems and leave."""
    for problem in problems:
        print(problem)
    print(f"{checked} {what} checked, {len(problems)} problems")
    sys.exit(1 if problems else 0)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)
