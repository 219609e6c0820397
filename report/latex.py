r"""Text for TeX: everything is escaped unless it is marked as TeX already.

`Tex` marks a string that is TeX; every other value that a template prints goes through `escape`. So a forgotten
filter shows a backslash to the reader instead of handing a command to TeX.

Formulae are set so that they fit the line: `formula` gives TeX two forms, one with growing brackets for a formula
that fits, one in which the line may be broken at every relation and operator (between ``\left`` and ``\right``
TeX never breaks).
"""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "^": r"\textasciicircum{}",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "%": r"\%",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"{-}",
    "\u2013": "--",
    "\u2014": "---",
    "\u2018": "`",
    "\u2019": "'",
    "\u201c": "``",
    "\u201d": "''",
    "\u2026": r"\dots{}",
    "\u00a0": "~",
    "\u2212": r"\ensuremath{-}",
    "\u00d7": r"\ensuremath{\times}",
    "\u00b7": r"\ensuremath{\cdot}",
    "\u00b1": r"\ensuremath{\pm}",
    "\u00b2": r"\ensuremath{^2}",
    "\u2264": r"\ensuremath{\le}",
    "\u2265": r"\ensuremath{\ge}",
    "\u2260": r"\ensuremath{\ne}",
    "\u2248": r"\ensuremath{\approx}",
    "\u2192": r"\ensuremath{\to}",
    "\u21d2": r"\ensuremath{\Rightarrow}",
    "\u21d4": r"\ensuremath{\Leftrightarrow}",
    "\u2200": r"\ensuremath{\forall}",
    "\u2203": r"\ensuremath{\exists}",
    "\u2208": r"\ensuremath{\in}",
    "\u221e": r"\ensuremath{\infty}",
    "\u2211": r"\ensuremath{\sum}",
    "\u221a": r"\ensuremath{\surd}",
    "\u2016": r"\ensuremath{\|}",
}
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        """alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon
        varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega""".split(),  # noqa: SIM905 - a list fills a page
        strict=True,
    )
)
_ARROW = r"\Rightarrow "
_LONG_WORD = 24  # letters: a longer word in a text may be broken anywhere, for TeX knows no hyphens for it


class Tex(str):
    """A string that is TeX already and is printed as it stands."""

    __slots__ = ()


def _character(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if sign in _GREEK:
        return rf"\ensuremath{{\{_GREEK[sign]}}}"
    if " " <= sign <= "~":
        return sign
    if sign in "\n\t\r":
        return " "
    # what the T1 fonts hold; anything else is named rather than dropped or left to stop TeX
    if "\u00c0" <= sign <= "\u017e" and unicodedata.category(sign) in {"Ll", "Lu"}:
        return sign
    return rf"\texttt{{U+{ord(sign):04X}}}"


def escape(value: object) -> Tex:
    r"""TeX that prints `value` as plain text, letter for letter.

    Args:
        value: anything; `Tex` passes unchanged, everything else is turned into a string first.

    >>> escape("50 % of {x_1}")
    '50 \\% of \\{x\\_1\\}'
    """
    if isinstance(value, Tex):
        return value
    words = re.split(r"(\s+)", unicodedata.normalize("NFC", str(value)))
    return Tex("".join(_breakable(word) if len(word) > _LONG_WORD else _plain(word) for word in words))


def _plain(text: str) -> str:
    return "".join(_character(sign) for sign in text)


def _breakable(text: str) -> str:
    """The text with leave to break it after signs that are no letters (not inside a number), and inside long runs."""
    pieces: list[str] = []
    run = 0
    for sign, following in zip(text, text[1:] + " ", strict=False):
        pieces.append(_character(sign))
        run = run + 1 if sign.isalnum() else 0
        between = not sign.isalnum() and not sign.isspace() and not following.isspace()
        if (between and not following.isdigit()) or run >= _LONG_WORD:
            pieces.append(r"\allowbreak{}")
            run = 0
    return "".join(pieces)


def code(value: object) -> Tex:
    """TeX that prints `value` in typewriter letters and may be broken where `_breakable` says."""
    if isinstance(value, Tex):
        return value
    text = unicodedata.normalize("NFC", str(value))
    return Tex(r"\texttt{" + _breakable(text) + "}")


def flat(latex: str) -> str:
    r"""The formula with brackets of fixed size, so that TeX may break the line inside them.

    >>> flat(r"\left(a + b\right)")
    '(a + b)'
    """
    latex = re.sub(r"\\(?:left|right)\s*\.", "", latex)
    latex = re.sub(r"\\(?:left|right)(?![A-Za-z])\s*", "", latex)
    latex = re.sub(r",(?!\\allowbreak)", r",\\allowbreak ", latex)
    return _inviting(latex)


def _inviting(latex: str) -> str:
    """The formula with an invitation to break after the arrows that stand outside all brackets."""
    pieces = latex.split(_ARROW)
    depth = 0
    for place, piece in enumerate(pieces[:-1]):
        depth += sum((sign in "([") - (sign in ")]") for sign in piece)
        pieces[place] += _ARROW + (r"\penalty-200 " if depth == 0 else "")
    return "".join(pieces)


def formula(latex: str) -> Tex:
    r"""A displayed formula: as it stands where it fits the line, else in its breakable form (`\tpformula`)."""
    return Tex(rf"\tpformula{{{latex}}}{{{flat(latex)}}}")


def inline(latex: str) -> Tex:
    """A formula inside a sentence."""
    return Tex(rf"\({flat(latex)}\)")


def anchor(name: str) -> Tex:
    """A name that TeX can use as a link's target, whatever signs it holds."""
    return Tex("".join(sign if sign.isascii() and sign.isalnum() else f"-{ord(sign):x}-" for sign in name))
