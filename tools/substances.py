#!/usr/bin/env python3
"""Makes broker/domain/substance_table.inc from broker/domain/substances.csv; with --check only says whether it is so."""

import pathlib
import re
import sys
import unicodedata

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "broker/domain"
HEAD = ("// Made by tools/substances.py from substances.csv: GJALLAR_SUBSTANCE(name, CAS numbers, other names).\n"
        "// clang-format off\n")


def is_cas(number):
    """Form and check digit: the sum of the other digits, each times its place from the right, modulo 10."""
    if not re.fullmatch(r"[1-9]\d{1,6}-\d\d-\d", number):
        return False
    digits = number.replace("-", "")
    return sum(place * int(digit) for place, digit in enumerate(reversed(digits[:-1]), 1)) % 10 == int(digits[-1])


def folded(name):
    """As domain::folded_name does it, for the letters that occur in the table."""
    name = name.lower()
    for letter, plain in (("æ", "ae"), ("ø", "o"), ("ß", "ss"), ("α", "alpha"), ("β", "beta")):
        name = name.replace(letter, plain)
    name = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]", "", name)


def rows(text):
    """(name, CAS numbers, other names) of each row; raises ValueError that names the line."""
    of_name, of_cas, found = {}, {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split(";")
        if len(fields) != 8:
            raise ValueError(f"substances.csv:{number}: {len(fields)} fields instead of 8")
        name = fields[0]
        for cas in filter(None, fields[1].split("|")):
            if not is_cas(cas):
                raise ValueError(f"substances.csv:{number}: {cas} is no CAS number")
            if of_cas.setdefault(cas, name) != name:
                raise ValueError(f"substances.csv:{number}: {cas} stands in the row of {of_cas[cas]} already")
        others = []
        for other in [name] + [part for field in fields[2:] for part in field.split("|") if part]:
            if not folded(other) or '"' in other or "\\" in other:
                raise ValueError(f"substances.csv:{number}: a name that can't be used")
            if of_name.setdefault(folded(other), name) != name:
                raise ValueError(f"substances.csv:{number}: {other} stands in the row of {of_name[folded(other)]} already")
            if other != name and other not in others:
                others.append(other)
        found.append((name, fields[1], "|".join(others)))
    return sorted(found)


def main():
    """Writes the table, or checks it."""
    made = HEAD + "".join(f'GJALLAR_SUBSTANCE("{name}", "{cas}", "{others}")\n'
                          for name, cas, others in rows((FOLDER / "substances.csv").read_text(encoding="utf-8")))
    table = FOLDER / "substance_table.inc"
    if "--check" in sys.argv[1:]:
        if table.read_text(encoding="utf-8") != made:
            sys.exit("substance_table.inc isn't what substances.csv says: run tools/substances.py")
        return
    table.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
