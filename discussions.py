"""Questions of the sources that have no right answer: facts that bear on them, and no verdict."""

from __future__ import annotations

from .report.content import Discussion

DISCUSSIONS = (
    Discussion(
        id="svm-bias-preference",
        title="Which of the two support vector machines with a bias is to be preferred?",
        sources=(("001", "1g"),),
        facts=(
            (
                "Both programs choose a bias. The first one penalises it, because it counts the bias as one more "
                "coordinate of the weight vector; the second one leaves it free."
            ),
            (
                "The first has a strictly convex objective, so its minimiser is unique. The second is convex but flat "
                "in the bias: on a single point it has infinitely many minimisers."
            ),
            (
                "On the points e1 (label 1) and -a e1 (label -1) the second program finds the separator half-way "
                "between them, and its objective 2/(a + 1)^2 falls to 0 as they move apart. The first keeps the "
                "weights (1/2, 0, ..., 0) and the bias 1/2 for every a >= 3, with the objective 1/4: it does not "
                "move with a."
            ),
            "A shift of all inputs moves the separator of the second program along; that of the first stays behind.",
        ),
        claims=("svm-bias-convex", "svm-bias-single-point", "svm-bias-optima", "svm-bias-limits"),
    ),
    Discussion(
        id="source-log",
        title="Which sources and helpers were used?",
        sources=(("000", "4"), ("002", "header")),
        facts=(
            (
                "A record of provenance computes nothing and proves nothing. What twinproof can add to one is evidence "
                "that anybody can make again: a report names its seed, its profile and the versions of what it ran on, "
                "and the traces of its proofs can be replayed."
            ),
        ),
    ),
)
