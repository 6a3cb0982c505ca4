"""Spoils one day on purpose and writes down what it did.

Reads  truth/2013-01-04.csv           the day as it was
Writes flights/2013-01-04.csv         the same day with one line per defect spoiled
       truth/2013-01-04.defects.json  every problem that a reader with the contract of jobs/flight-delay.yaml must report
       truth/2013-01-04.repaired.csv  the rows that survive, with the values a reader must arrive at

Seeded: the same day gives the same bytes.
"""

import csv
import json
import random

from flights import SAMPLES

DATE = "2013-01-04"
SEED = 20130104


class Row:
    """A line of the file on its way to being spoiled: `cells` is what a reader must arrive at, `line` what it gets."""

    def __init__(self, header, line):
        self.header = header
        self.line = line.encode()
        self.cells = line.split(",")
        self.survives = True
        self.problems = []

    def __getitem__(self, column):
        return self.cells[self.header.index(column)]

    def __setitem__(self, column, value):
        self.cells[self.header.index(column)] = value

    def write(self, column, text):
        """Puts raw bytes in place of one cell of the line, and nothing else."""
        parts = self.line.split(b",")
        parts[self.header.index(column)] = text
        self.line = b",".join(parts)

    def expect(self, code, outcome, column=None, injected=True):
        self.problems.append({"column": column, "code": code, "outcome": outcome, "injected": injected})
        if outcome == "rejected":
            self.survives = False


def short_row(cells_lost):
    def spoil(row):
        row.line = b",".join(row.line.split(b",")[:-cells_lost])
        for column in row.header[-cells_lost:]:
            row[column] = ""
        row.expect("short-row", "flagged")

    return spoil


def long_row(row):
    row.line += b",late,inbound"
    row.expect("long-row", "rejected")


def long_row_of_blanks(row):
    row.line += b",,"
    row.expect("long-row", "repaired")


def stray_quote(row):
    text = row["tailnum"][:3] + '"' + row["tailnum"][3:]
    row.write("tailnum", text.encode())
    row["tailnum"] = text
    row.expect("stray-quote", "repaired", "tailnum")


def unclosed_quote_in_last_cell(row):
    row.write("time_hour", b'"' + row["time_hour"].encode())
    row.expect("unclosed-quote", "repaired", "time_hour")


def unclosed_quote_in_mid_row(row):
    row.write("tailnum", b'"' + row["tailnum"].encode())
    row.expect("unclosed-quote", "repaired", "tailnum")


def bad_bytes(row):
    row.write("tailnum", row["tailnum"][:3].encode() + b"\xff" + row["tailnum"][4:].encode())
    row["tailnum"] = row["tailnum"][:3] + "\N{REPLACEMENT CHARACTER}" + row["tailnum"][4:]
    row.expect("invalid-utf8", "flagged", "tailnum")


def nul_byte(row):
    row.write("distance", row["distance"][:2].encode() + b"\0" + row["distance"][2:].encode())
    row.expect("nul-byte", "repaired", "distance")


def not_available(row):
    row.write("dep_delay", b"N/A")
    row["dep_delay"] = ""
    row.expect("missing", "flagged", "dep_delay")


def thousands_separator(row):
    row.write("distance", f'"{int(row["distance"]):,}"'.encode())
    row.expect("number-format", "repaired", "distance")


def unknown_carrier(row):
    row.write("carrier", b"ZZ")
    row["carrier"] = "ZZ"
    row.expect("unknown-category", "flagged", "carrier")


def impossible_delay(row):
    row.write("dep_delay", b"9999")
    row["dep_delay"] = "2000"
    row.expect("out-of-range", "repaired", "dep_delay")


# In file order: the quotes that do not close stand before lines with proper quotes, where a careless reader would close them.
IN_PLACE = [
    short_row(3),
    unclosed_quote_in_mid_row,
    stray_quote,
    long_row,
    bad_bytes,
    unclosed_quote_in_last_cell,
    thousands_separator,
    not_available,
    nul_byte,
    unknown_carrier,
    long_row_of_blanks,
    impossible_delay,
    short_row(1),
]


def main():
    lines = (SAMPLES / f"truth/{DATE}.csv").read_text().splitlines()
    header = lines[0].split(",")
    rows = [Row(header, line) for line in lines[1:]]

    # Spoiled rows are otherwise sound, fly far enough for a thousands separator, and stand apart from each other.
    rng = random.Random(SEED)
    sound = [i for i, row in enumerate(rows[:-20]) if all(row.cells) and int(row["distance"]) >= 1000 and len(row["tailnum"]) == 6]
    while True:
        places = sorted(rng.sample(sound, len(IN_PLACE)))
        if all(b - a >= 5 for a, b in zip(places, places[1:])):
            break
    for place, spoil in zip(places, IN_PLACE):
        spoil(rows[place])

    for row in rows[:-1]:
        if row["dep_delay"] == "" and not row.problems:
            row.expect("missing", "flagged", "dep_delay", injected=False)

    last = rows[-1]
    last.line = last.line[: last.line.index(last["origin"].encode()) + 2]
    last.expect("truncated-row", "rejected")

    free = [i for i in range(100, len(rows) - 100) if not any(row.problems for row in rows[i - 2 : i + 2])]
    header_before, blank_before = sorted(rng.sample(free, 2))

    out = [lines[0].encode()]
    problems = []
    source_row = 0
    for i, row in enumerate(rows):
        if i == header_before:
            out.append(lines[0].encode())
            source_row += 1
            problems.append(
                {"flight_id": None, "row": source_row, "line": len(out), "column": None, "code": "repeated-header", "outcome": "rejected", "injected": True}
            )
        if i == blank_before:
            out.append(b"")
            problems.append(
                {"flight_id": None, "row": None, "line": len(out), "column": None, "code": "blank-line", "outcome": "skipped", "injected": True}
            )
        out.append(row.line)
        source_row += 1
        for problem in row.problems:
            problems.append({"flight_id": int(row["flight_id"]), "row": source_row, "line": len(out), **problem})

    (SAMPLES / f"flights/{DATE}.csv").write_bytes(b"\n".join(out))
    listed = ",\n".join("  " + json.dumps(problem) for problem in problems)
    (SAMPLES / f"truth/{DATE}.defects.json").write_text(f"[\n{listed}\n]\n")
    with open(SAMPLES / f"truth/{DATE}.repaired.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(row.cells for row in rows if row.survives)


if __name__ == "__main__":
    main()
