"""Plots of what the benchmarks printed: ratios to the floor, with their 95 % intervals, as PNG.

usage: plot.py OUTPUT-FOLDER FILE...    the files hold what `tools/dev bench` printed; needs gnuplot
Writes fanout.png (Gjallar and the peers at each number of subscribers: p99, skew, processor time) and burst.png.
"""

import json
import pathlib
import subprocess
import sys

FIGURES = {"p99": "p99, publish to receipt", "skew": "skew, last − first arrival", "cpu": "server's processor time"}


def read_rows(files):
    """The lines of JSON in the files; a later one of the same benchmark, row and size replaces an earlier one."""
    rows = {}
    for file in files:
        for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines():
            if line.startswith('{"bench"'):
                row = json.loads(line)
                rows[row["bench"], row["row"], row.get("subscribers")] = row
    return list(rows.values())


def ratios(rows, benches):
    """The rows that are ratios to the floor: (name, subscribers, row), Gjallar first."""
    found = [(row["row"].split(" ÷ ")[0], int(row["subscribers"]), row) for row in rows
             if row["bench"] in benches and row["row"].endswith("÷ floor")]
    return sorted(found, key=lambda one: (one[1], one[0] != "gjallar", one[0]))


def panel(found, figure, title):
    """One panel: a bar a server, its interval as an error bar, the floor as a line."""
    data = "\n".join(f'"{name}\\n{subscribers:,}" {row[figure]} {row[figure + "_low"]} {row[figure + "_high"]}'
                     for name, subscribers, row in found)
    return (f"$rows_{figure} << END\n{data}\nEND\n"
            f'set title "{title} ÷ floor"\n'
            f"plot $rows_{figure} using 0:2:xtic(1) with boxes lc rgb '#7aa6c2' notitle, "
            f"$rows_{figure} using 0:2:3:4 with yerrorbars lc rgb '#333333' pt 0 lw 2 notitle, "
            "1 with lines lc rgb '#b03030' dt 2 notitle\n")


def draw(output, found, figures):
    """Writes a PNG of one panel a figure."""
    if not found:
        return
    width = max(700, 120 * len(found))
    script = (f'set terminal pngcairo size {width},{380 * len(figures)} font "sans,10"\n'
              f'set output "{output}"\n'
              "set style fill solid\nset boxwidth 0.6\nset yrange [0:*]\nset xrange [-0.6:*]\nset grid ytics\n"
              f"set offsets 0,0.6,0,0\nset bmargin 3.5\nset multiplot layout {len(figures)},1\n")
    script += "".join(panel(found, figure, title) for figure, title in figures.items())
    subprocess.run(["gnuplot"], input=script + "unset multiplot\n", text=True, check=True)
    print(output)


def main(folder, files):
    rows = read_rows(files)
    if not rows:
        print("plot: no line of JSON in the files", file=sys.stderr)
        return 1
    draw(pathlib.Path(folder) / "fanout.png", ratios(rows, ("fanout", "peers")), FIGURES)
    draw(pathlib.Path(folder) / "burst.png", ratios(rows, ("burst",)),
         {"per_s": "deliveries a second of a burst", "cpu": "server's processor time a delivery"})
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
