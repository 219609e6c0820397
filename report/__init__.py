"""The report: LaTeX, PDF and figures, made from checked objects only.

`content` says what a report shows (plain data), `latex` escapes, `figures` draws, `pdf` runs TeX and reads its log,
`build` puts the files into their folder. Nothing imports this package but the front door.
"""
