#!/usr/bin/env python3
"""Each folder under src/ that holds code has a README.md of at most 40 lines."""

from tree import ROOT, finish, tracked

LONGEST = 40


def main():
    folders = sorted({"/".join(path.split("/")[:2]) for path in tracked(".c") if path.startswith("src/") and path.count("/") >= 2})
    problems = []
    for folder in folders:
        readme = ROOT / folder / "README.md"
        if not readme.is_file():
            problems.append(f"{folder}: no README.md (what enters, what leaves, which file to read first)")
        elif len(readme.read_text().splitlines()) > LONGEST:
            problems.append(f"{folder}/README.md: more than {LONGEST} lines")
    finish(problems, len(folders), "folders")


main()
