"""Plots of what the benchmarks printed, as PNG.

usage: plot.py OUTPUT-FOLDER FILE...    the files hold what `tools/dev bench` printed; needs gnuplot
Writes fanout.png (Gjallar and the peers at each number of subscribers: p99, skew, processor time) and burst.png:
ratios to the floor with their 95 % intervals. Writes goals.png: every goal that was measured, as a share of it.
"""

import json
import pathlib
import subprocess
import sys

FIGURES = {"p99": "p99, publish to receipt", "skew": "skew, last − first arrival", "cpu": "server's processor time"}


# What is wanted: the benchmark, how its row begins, the number of subscribers or None, the figure, what it should be at
# most (or at least, where more is better), and what to call it.
GOALS = [
    ("fanout", "gjallar ÷ floor", 5000, "p99", 1.05, "most", "p99 ÷ floor, 5,000"),
    ("fanout", "gjallar ÷ floor", 10000, "p99", 0.95, "most", "p99 ÷ floor, 10,000"),
    ("fanout", "gjallar ÷ floor", 5000, "skew", 0.85, "most", "skew ÷ floor, 5,000"),
    ("fanout", "gjallar ÷ floor", 5000, "cpu", 1.15, "most", "CPU ÷ floor, 5,000"),
    ("fanout_growth", "growth of cpu_us", None, "ratio", 1.05, "most", "growth of CPU ÷ floor's"),
    ("burst", "gjallar ÷ floor", 5000, "per_s", 12, "least", "burst, deliveries ÷ floor"),
    ("burst", "gjallar: growth", None, "first_burst_mb", 4, "most", "burst, growth of memory"),
    ("memory", "plain", None, "private_bytes", 450, "most", "idle memory"),
    ("memory", "over TLS", None, "private_bytes", 16384, "most", "idle memory, TLS"),
    ("stalled", "with a stalled reader ÷", None, "p99", 1.10, "most", "p99 beside a stalled reader"),
    ("slowlink", "WebSocket, catching up", None, "max_ms", 500, "most", "slow link, WebSocket"),
    ("slowlink", "gRPC, catching up", None, "max_ms", 500, "most", "slow link, gRPC"),
    ("reconnect", "with session tickets", None, "all_back_s", 60, "most", "10,000 back"),
    ("reconnect", "with session tickets", None, "live_p99_ms", 1000, "most", "live p99 meanwhile"),
    ("grpc", "gjallar ÷ bare gRPC", None, "p99", 1.2, "most", "gRPC p99 ÷ bare"),
    ("append", "64 feeds of a broker, 8 a request", None, "ratio", 0.8, "least", "append ÷ raw puts"),
    ("replay", "filtered by area", None, "ratio", 0.3, "least", "replay ÷ raw scan"),
    ("interest", "first byte, both countries", None, "first_us", 200, "most", "first byte"),
    ("interest", "target set, both countries", None, "set_us", 50, "most", "target set"),
]


def shares_of_goals(rows):
    """For each goal that was measured: its name, and how much of what it allows was taken; 1: just reached."""
    shares = []
    for bench, begin, subscribers, figure, goal, kind, name in GOALS:
        for row in rows:
            if row["bench"] != bench or not row["row"].startswith(begin) or figure not in row:
                continue
            if subscribers is not None and row.get("subscribers") != subscribers:
                continue
            shares.append((name, row[figure] / goal if kind == "most" else goal / row[figure]))
            break
    return shares


def draw_goals(output, shares):
    """Writes a PNG: a bar a goal, on a logarithmic scale; those that end left of the line are reached."""
    if not shares:
        return
    lines = "\n".join(f'{number} {share} "{name}"' for number, (name, share) in enumerate(reversed(shares)))
    script = (f'set terminal pngcairo size 900,{120 + 26 * len(shares)} font "sans,10"\nset output "{output}"\n'
              f"$rows << END\n{lines}\nEND\n"
              'set title "what was measured as a share of its goal: left of the line it is reached"\n'
              "set style fill solid\nset logscale x\nset xrange [0.02:50]\nset grid xtics\n"
              f"set yrange [-0.7:{len(shares) - 0.3}]\n"
              "set arrow from 1,graph 0 to 1,graph 1 nohead lc rgb '#b03030' lw 2\n"
              "plot $rows using (0.02):1:(0.02):2:($1-0.35):($1+0.35):ytic(3) "
              "with boxxyerror lc rgb '#7aa6c2' notitle\n")
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print(output)


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
    draw_goals(pathlib.Path(folder) / "goals.png", shares_of_goals(rows))
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
