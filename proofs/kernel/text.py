"""Terms as plain text, for error messages and traces: bound variables get names that nothing else in the term has."""

from __future__ import annotations

from .term import Term

INFIX = {"add": (" + ", 4), "mul": ("*", 5), "eq": (" = ", 3), "lt": (" < ", 3), "le": (" <= ", 3)}
INFIX |= {"and": (" and ", 2), "or": (" or ", 2), "imp": (" -> ", 1), "iff": (" <-> ", 1)}
NAMES = {"N": "ijklpqrs", "R": "tuvzxye", "W": "w"}


def text(t: Term) -> str:
    """One line; at most a few hundred characters are useful in a message, so long terms are cut in the middle."""
    taken = {name for name, _ in t.symbols}
    line = _show(t, (), taken, 0)
    return line if len(line) <= 600 else f"{line[:400]} ... {line[-180:]}"


def fresh(sort: str, taken: set[str]) -> str:
    """A name for a bound variable of this sort that is not taken."""
    letters = NAMES[sort]
    for round_ in range(1 + len(taken)):
        for letter in letters:
            name = letter if round_ == 0 else f"{letter}{round_}"
            if name not in taken:
                return name
    raise AssertionError("more letters than names taken")


def _show(t: Term, bound: tuple[str, ...], taken: set[str], level: int) -> str:
    if t.head == "var":
        index = t.data[0]
        return bound[-1 - index] if index < len(bound) else f"#{index - len(bound)}"
    if t.head == "num":
        return str(t.data) if t.data >= 0 and t.data.denominator == 1 else f"({t.data})"
    if t.head == "app":
        inner = ", ".join(_show(a, bound, taken, 0) for a in t.args)
        return f"{t.data[0]}({inner})" if t.args else str(t.data[0])
    if t.head in INFIX:
        mark, own = INFIX[t.head]
        line = mark.join(_show(a, bound, taken, own + 1) for a in t.args)
        return f"({line})" if own < level else line
    parts = []
    names: tuple[str, ...] = ()
    for argument, sorts in zip(t.args, t.binds, strict=True):
        names = ()
        for sort in sorts:
            names += (fresh(sort, taken | set(bound) | set(names)),)
        body = _show(argument, bound + names, taken, 0)
        parts.append(f"{' '.join(names)}. {body}" if names else body)
    if t.head == "bracket":
        return f"[{parts[0]}]"
    if t.head == "pow":
        return f"{_show(t.args[0], bound, taken, 6)}^{_show(t.args[1], bound, taken, 6)}"
    label = t.head if t.data is None or t.head in ("all", "ind", "law") else f"{t.head}[{t.data}]"
    return f"{label}({'; '.join(parts)})"
