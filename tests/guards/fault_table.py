"""The tables of docs/faults.md that are made of the code: ``python tests/guards/fault_table.py`` writes."""

from __future__ import annotations

from pathlib import Path

from mailsink.fault_words import ACTIONS, KNOWN, PAIRS, STAGES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
BEGIN = "<!-- made of the code from here; python tests/guards/fault_table.py writes it -->"
END = "<!-- to here -->"
VALUES = {
    "reply": '`"CODE [ENHANCED] TEXT"`',
    "delay": "seconds",
    "throttle": "octets a second",
    "split": "seconds",
    "dribble": "seconds",
    "malformed": "a line, or `true`",
    "tls": "`expired`, `wrong_host`, `unknown_ca`, `old_version` or `garbage`",
    "hide": "an extension",
    "add": "a line",
}


def tables() -> str:
    """Stages, actions, which pairs of them exist, and where conditions are known."""
    return "\n\n".join(
        [
            _table(["stage", "is when"], [[f"`{stage}`", when] for stage, when in STAGES.items()]),
            _table(
                ["action", "value", "what happens: mailsink"],
                [
                    [f"`{action}`", VALUES.get(action, "`true`"), what]
                    for action, (what, _) in ACTIONS.items()
                ],
            ),
            "Which action can be had at which stage:",
            _table(
                ["", *(f"`{action}`" for action in ACTIONS)],
                [
                    [f"`{stage}`", *("x" if (stage, action) in PAIRS else "" for action in ACTIONS)]
                    for stage in STAGES
                ],
            ),
            "These conditions hold only where they are known; the others are known at every stage:",
            _table(
                ["condition", "is known at"],
                [
                    [f"`{word}`", ", ".join(stage for stage in STAGES if stage in stages)]
                    for word, stages in KNOWN.items()
                    if word != "triplet"
                ],
            ),
        ]
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "|" + "|".join(f" {cell} " if cell != "---" else cell for cell in line) + "|" for line in lines
    )


def written() -> str:
    """What the page has between the marks."""
    return PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}", "utf-8")
