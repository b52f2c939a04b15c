# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compare.py prints: rows per model, the noise of the run, geometric means per family."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.compare.contest import Entry

BASE, ECHO, COPY = "ort", "ort (again)", "copy"
NOISE_FLOOR = 0.02
NOISE_LIMIT = 0.08


@dataclass
class Row:
    """One model at one size and thread count."""

    model: str
    family: str
    threads: int
    entries: list[Entry]

    def entry(self, label: str) -> Entry | None:
        """The entry with this label."""
        return next((entry for entry in self.entries if entry.label == label), None)

    def ratio(self, entry: Entry) -> float | None:
        """Median over the rounds of time over onnxruntime's time."""
        base = self.entry(BASE)
        ratios = entry.ratios(base) if base else []
        return statistics.median(ratios) if ratios else None

    def over_best(self, entry: Entry) -> float | None:
        """Time over that of the fastest of the other engines, by medians over the rounds; None with fewer than two."""
        others = [other for other in self.entries if other.peer not in (entry.peer, COPY) and other.label != ECHO]
        ratios = [ratios for other in others if (ratios := entry.ratios(other))]
        return max(map(statistics.median, ratios)) if len(ratios) > 1 and entry.peer != COPY else None

    def over_copy(self, entry: Entry) -> float | None:
        """Time over that of moving the model's inputs and outputs."""
        return self.over_entry(entry, COPY)

    def over_static(self, entry: Entry) -> float | None:
        """Time of the form with open extents over that with fixed ones, compiled with the same flags."""
        if entry.form != "dynamic":
            return None
        return self.over_entry(entry, entry.label.replace("tao-dynamic", "tao-static", 1))

    def over_entry(self, entry: Entry, label: str) -> float | None:
        """Time over another entry's, by the median over the rounds."""
        other = self.entry(label)
        ratios = entry.ratios(other) if other and other is not entry else []
        return statistics.median(ratios) if ratios else None

    @property
    def group(self) -> str:
        """What is judged together: models, attention, or graphs that memory bounds, gradients of norms among them."""
        if self.model.startswith("attention_"):
            return "attention"
        return "memory" if self.family == "mem" or "_bwd" in self.model else "models"

    def deviations(self) -> list[float]:
        """|ratio - 1| of the second onnxruntime worker, round by round."""
        base, echo = self.entry(BASE), self.entry(ECHO)
        return [abs(ratio - 1) for ratio in echo.ratios(base)] if base and echo else []

    def as_json(self) -> dict:
        """For --json."""
        entries = []
        for entry in self.entries:
            record = {key: value for key, value in asdict(entry).items() if key != "artefact"}
            entries.append({**record, "ms": entry.milliseconds, "ratio": self.ratio(entry)})
        return {
            "model": self.model,
            "family": self.family,
            "threads": self.threads,
            "noise": noise([self]),
            "entries": entries,
        }


def noise(rows: Iterable[Row]) -> float | None:
    """95th percentile of the deviations, at least NOISE_FLOOR; None without a second onnxruntime worker."""
    deviations = sorted(deviation for row in rows for deviation in row.deviations())
    if not deviations:
        return None
    return max(NOISE_FLOOR, deviations[math.ceil(0.95 * len(deviations)) - 1])


def geometric_means(rows: Sequence[Row]) -> dict[tuple[str, int, str], tuple[float, int]]:
    """(family, threads, label) -> (geometric mean of the ratios, number of models)."""
    ratios: dict[tuple[str, int, str], list[float]] = {}
    for row in rows:
        for entry in row.entries:
            ratio = row.ratio(entry)
            if ratio is not None and entry.label not in (BASE, ECHO):
                ratios.setdefault((row.family, row.threads, entry.label), []).append(ratio)
    return {key: (statistics.geometric_mean(values), len(values)) for key, values in sorted(ratios.items())}


def number(value: float | None, digits: int = 2) -> str:
    """A figure of a table; a dash when there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


HEADINGS = ("model", "threads", "engine", "ms", "ratio", "/ best", "/ copy", "compile s", "compile MB", "load+first s", "peak MB")


def cells(row: Row, entry: Entry) -> tuple[str, ...]:
    """One line of the table."""
    if entry.error:
        return (row.model, str(row.threads), entry.label, "skipped" if entry.skipped else "failed", *["-"] * (len(HEADINGS) - 4))
    return (
        row.model,
        str(row.threads),
        entry.label,
        number(entry.milliseconds, 3),
        number(row.ratio(entry)),
        number(row.over_best(entry)),
        number(row.over_copy(entry)),
        number(entry.compile_s),
        number(entry.compile_mb, 0),
        number(entry.load_s + entry.first_s),
        number(entry.peak_mb, 0),
    )


def print_row(row: Row) -> None:
    """One model as soon as it is done."""
    for entry in row.entries:
        model, threads, label, *figures = cells(row, entry)
        print(f"{model:40s} {threads:>2s} {label:24s}" + "".join(f" {figure:>12s}" for figure in figures), flush=True)
        if entry.error:
            print(f"    {entry.error}")
    own = noise([row])
    if own is not None and own > NOISE_LIMIT:
        print(f"    noisy: the same onnxruntime differs from itself by {own:.0%}")


def print_headings() -> None:
    """Above the rows."""
    model, _, label, *figures = HEADINGS
    print(f"{model:40s} th {label:24s}" + "".join(f" {figure:>12s}" for figure in figures), flush=True)


def print_summary(rows: Sequence[Row]) -> None:
    """Noise and geometric means."""
    for (family, threads, label), (mean, count) in geometric_means(rows).items():
        print(f"geomean {family:8s} {threads} thread(s) {label:24s} {mean:6.2f} over {count} model(s)")
    for line in group_lines(rows):
        print(line)
    found = noise(rows)
    if found is None:
        print("noise unknown: onnxruntime is not among the peers")
        return
    verdict = ", too noisy to read: repeat on a quiet machine" if found > NOISE_LIMIT else ""
    print(f"noise {found:.1%} (95th percentile of the same onnxruntime against itself){verdict}")


def group_lines(rows: Sequence[Row]) -> list[str]:
    """Geometric means of each engine's ratios per group and number of threads, as a table."""
    measures: list[Callable[[Row, Entry], float | None]] = [Row.ratio, Row.over_best, Row.over_copy, Row.over_static]
    headings = ("engine", "group", "threads", "graphs", "ratio", "over the best", "worst", "over a copy", "dynamic / static")
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    labels = dict.fromkeys(entry.label for row in rows for entry in row.entries if entry.label not in (ECHO, COPY))
    for label in labels:
        for group, threads in sorted({(row.group, row.threads) for row in rows}):
            pairs = [(row, row.entry(label)) for row in rows if (row.group, row.threads) == (group, threads)]
            found = [[value for row, entry in pairs if (value := measure(row, entry)) is not None] for measure in measures]
            ratio, best, copy, static = (number(statistics.geometric_mean(values) if values else None) for values in found)
            worst = number(max(found[1], default=None))
            cells_ = (label, group, str(threads), str(len(found[0])), ratio, best, worst, copy, static)
            lines.append("| " + " | ".join(cells_) + " |")
    return lines


def total_ratio(row: Row, entry: Entry, figure: Callable[[Entry], float | None]) -> float | None:
    """A figure of the entry over onnxruntime's."""
    base = row.entry(BASE)
    mine, other = figure(entry), figure(base) if base else None
    return mine / other if mine is not None and other else None


def cold_start(entry: Entry) -> float | None:
    """Seconds from loading to the end of the first run."""
    return None if entry.error or entry.load_s is None else entry.load_s + entry.first_s


COLUMNS = ("model", "onnxruntime ms", "ratio", "over the best", "over a copy", "dynamic / static", "compile s", "cold start", "peak memory")


def document_lines(rows: Sequence[Row], label: str) -> list[str]:
    """One engine's table, a line per model with its thread counts side by side: all but milliseconds and seconds are
    ratios, to onnxruntime's figures or to the time of the fastest of the other engines; geometric means last."""
    lines = [f"{label}:", "", "| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    means: list[list[float]] = [[], [], [], [], [], []]
    models: dict[str, list[tuple[Row, Entry, Entry]]] = {}
    for row in rows:
        entry, base = row.entry(label), row.entry(BASE)
        if entry and base:
            models.setdefault(row.model, []).append((row, entry, base))
    for model, group in models.items():
        columns: list[list[str]] = [[], [], [], [], [], []]
        for row, entry, _ in group:
            totals = (total_ratio(row, entry, cold_start), total_ratio(row, entry, lambda e: e.peak_mb))
            times = (row.ratio(entry), row.over_best(entry), row.over_copy(entry), row.over_static(entry))
            for values, column, value in zip(means, columns, (*times, *totals)):
                column.append(number(value))
                if value is not None:
                    values.append(value)
        milliseconds = ", ".join(number(base.milliseconds, 3) for _, _, base in group)
        *ratios, cold, peak = (", ".join(column) if set(column) != {"-"} else "-" for column in columns)
        compile_s = number(group[0][1].compile_s)
        lines.append("| " + " | ".join((model, milliseconds, *ratios, compile_s, cold, peak)) + " |")
    *ratios, cold, peak = (number(statistics.geometric_mean(values)) if values else "-" for values in means)
    return [*lines, "| " + " | ".join(("geometric mean", "", *ratios, "", cold, peak)) + " |", ""]


def write_markdown(rows: Sequence[Row], machine: dict, path: Path) -> None:
    """The tables for docs/performance.md."""
    threads = ", ".join(map(str, sorted({row.threads for row in rows})))
    lines = [f"{machine['cpu']}, {machine['cpus']} CPUs, {threads} threads. Below 1 is better.", ""]
    for label in dict.fromkeys(entry.label for row in rows for entry in row.entries if entry.label not in (BASE, ECHO)):
        lines += document_lines(rows, label)
    lines += ["Geometric means; \"worst\" is the largest of \"over the best\":", "", *group_lines(rows), ""]
    found = noise(rows)
    lines += [f"Noise of the run: {found:.1%}." if found is not None else "Noise of the run: unknown.", ""]
    path.write_text("\n".join(lines))
