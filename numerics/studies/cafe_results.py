"""What the linear network on faces has learnt: which emotions it takes for which, and its weights as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import binom
from torch import Tensor, nn

from ...models.cafe import PIXELS, confusion, predict, weight_images
from ...models.faces import EMOTIONS, IMAGE_SHAPE
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .cafe_figures import draw_confusion, draw_weights
from .cafe_training import QUICK, SETTINGS, every, keys, last, network, shared, shown, spread, train
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

COUNT = (PIXELS + 1) * len(EMOTIONS)


# cafe-confusion


def _run_confusion(settings: Settings, key: Key, stream: Stream) -> Arrays:
    if settings["rows"] not in ("truth", "predicted"):
        raise ValueError(f"rows: found {settings['rows']!r}, expected 'truth' or 'predicted'")
    source = shared(stream, key)
    trained = train(settings, source)
    labels = trained.train.labels
    order = torch.randperm(len(labels), generator=source.spawn("shuffled labels").torch())
    control = train(settings, source, (trained.train, trained.test), labels[order])
    arrays: dict[str, NDArray[Any]] = {}
    untrained = network(settings, source)
    for part, known in (("train", trained.train), ("test", trained.test)):
        predicted = predict(trained.net, known.images)
        found = confusion(known.labels, predicted), confusion(known.labels, predict(untrained, known.images))
        arrays[part], arrays[f"{part} before"] = (
            (one if settings["rows"] == "truth" else one.T).numpy() for one in found
        )
        arrays[f"{part} counts"] = torch.bincount(known.labels, minlength=len(EMOTIONS)).numpy()
        arrays[f"{part} right"] = (predicted == known.labels).double().mean().numpy()
    images = trained.train.images.double().numpy()
    arrays["rank"] = np.array(np.linalg.matrix_rank(np.hstack([images, np.ones((len(images), 1))])))
    arrays["shuffled train right"] = (
        (predict(control.net, trained.train.images) == labels[order]).double().mean().numpy()
    )
    arrays["shuffled test right"] = (
        (predict(control.net, trained.test.images) == trained.test.labels).double().mean().numpy()
    )
    return arrays


def _expect_confusion(settings: Settings, results: Results) -> Sequence[Expectation]:
    parts = ("train", "test")
    rows = all(
        np.array_equal(arrays[name].sum(axis=1), arrays[f"{part} counts"])
        for arrays in results.values()
        for part in parts
        for name in (part, f"{part} before")
    )
    diagonal = [
        abs(np.trace(arrays[part]) / arrays[part].sum() - float(arrays[f"{part} right"]))
        for arrays in results.values()
        for part in parts
    ]
    known, unknown = last(results, "train right"), last(results, "test right")
    tested = int(next(iter(results.values()))["test counts"].sum())
    luck = float(binom.sf(np.ceil(np.median(unknown) * tested - 1e-9) - 1, tested, 1 / len(EMOTIONS)))
    return (
        Expectation(
            "rows-are-the-truth",
            "row i sums to the number of faces of emotion i, in both matrices, before and after training",
            rows,
            {"row sums": next(iter(results.values()))["test"].sum(axis=1).tolist()},
        ),
        Expectation(
            "diagonal-is-the-accuracy",
            "the diagonal over all entries is the share of faces recognised",
            max(diagonal) < 1e-12,
            {"largest difference": max(diagonal)},
        ),
        Expectation(
            "all-training-faces",
            "in the median every training face is recognised",
            bool(np.median(known) == 1.0),
            spread(known),
        ),
        Expectation(
            "fewer-of-other-people",
            "in the median fewer faces of other people are recognised than of those it was trained on",
            bool(np.median(unknown) < np.median(known)),
            spread(unknown),
        ),
        Expectation(
            "better-than-chance",
            "guessing reaches the median test accuracy with a probability below 0.05",
            luck < 0.05,
            {"median": float(np.median(unknown)), "probability": luck},
        ),
        Expectation(
            "fits-shuffled-labels-too",
            "with shuffled labels nine in ten training faces get the label that they were given, in the median",
            bool(np.median(last(results, "shuffled train right")) >= 0.9),
            spread(last(results, "shuffled train right")),
        ),
    )


def _table_confusion(settings: Settings, results: Results) -> Table:
    rows = []
    for part in ("train", "test"):
        total = every(results, part).sum(axis=0)
        rows += [(part, emotion, *map(int, total[label])) for label, emotion in enumerate(EMOTIONS)]
    caption = f"Confusion over {len(results)} runs, {shown(settings)}; rows are the truth"
    return Table(caption, ("part", "shown", *EMOTIONS), tuple(rows))


def _tell_confusion(settings: Settings, results: Results) -> Sequence[str]:
    total = every(results, "test").sum(axis=0)
    wrong = total - np.diag(np.diag(total))
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    first = next(iter(results.values()))
    count = int(first["train counts"].sum())
    known, unknown = np.median(last(results, "train right")), np.median(last(results, "test right"))
    told = (
        f"On the training faces {known:.0%} are right, on those of other people {unknown:.0%} (medians); most often "
        f"{EMOTIONS[row]} is taken for {EMOTIONS[column]} ({wrong[row, column]} of {total[row].sum()})."
    )
    own, others = (np.median(last(results, f"shuffled {part} right")) for part in ("train", "test"))
    why = (
        f"The {count} training faces with a constant appended have rank {int(first['rank'])}, so that {COUNT:,} "
        f"parameters can give them any labels: with shuffled labels {own:.0%} of the training faces get theirs, and "
        f"{others:.0%} of the test faces the right one. A diagonal matrix on training data therefore says little. "
        "Too few people is an explanation that fits these figures; they do not exclude others."
    )
    return told, why


# cafe-weights


def _run_weights(settings: Settings, key: Key, stream: Stream) -> Arrays:
    source = shared(stream, key)
    start = network(settings, source)
    trained = train(settings, source)
    weight, before = (next(net.parameters()).detach() for net in (trained.net, start))
    if settings["extrema"] == "joint":
        pictures = weight_images(weight)
    elif settings["extrema"] == "of each category":
        pictures = torch.cat([weight_images(row[None]) for row in weight])
    else:
        raise ValueError(f"extrema: found {settings['extrema']!r}, expected 'joint' or 'of each category'")
    pictures = pictures.reshape(len(EMOTIONS), *settings["shape"])
    images, labels = trained.train.images, trained.train.labels
    mean = images.mean(0)
    apart = torch.stack([images[labels == label].mean(0) - mean for label in range(len(EMOTIONS))])
    moved = weight - before
    strength = apart.square().mean(0)
    tenth = strength >= strength.quantile(0.9)
    return {
        "pictures": pictures.numpy().astype(np.uint8),
        "integers": np.array(not pictures.is_floating_point()),
        "range": np.array([int(pictures.min()), int(pictures.max())]),
        "as defined": np.array(_as_defined(pictures, weight)),
        "correlation": _correlations(moved, apart).numpy(),
        "start deviation": before.std().numpy(),
        "share": (
            moved[:, tenth].square().sum() / moved.square().sum().clamp_min(torch.finfo(moved.dtype).tiny)
        ).numpy(),
        "mean difference": apart.reshape(-1, *IMAGE_SHAPE).numpy(),
    }


def _correlations(one: Tensor, other: Tensor) -> Tensor:
    """The correlation of row i with row i; 0 where a row is constant."""
    one, other = (rows.double() - rows.double().mean(1, keepdim=True) for rows in (one, other))
    return nn.functional.cosine_similarity(one, other)


def _as_defined(pictures: Tensor, weight: Tensor) -> bool:
    """Whether the grey at row r and column c is that of weight 240 r + c, by one map for all, the fraction cut off."""
    values = weight.numpy()
    least, greatest = values.min(), values.max()
    if pictures.shape[1:] != IMAGE_SHAPE:
        return False
    rows, columns = np.indices(IMAGE_SHAPE)
    grey = np.trunc((values - least) * np.float32(255) / (greatest - least))
    return bool(np.array_equal(pictures.numpy(), grey[:, IMAGE_SHAPE[1] * rows + columns]))


def _expect_weights(settings: Settings, results: Results) -> Sequence[Expectation]:
    correlations = np.median(every(results, "correlation"), axis=0)
    shares = last(results, "share")
    return (
        Expectation(
            "greys",
            "the six pictures are 380 x 240 integers, and 0 and 255 are both reached",
            all(
                a["pictures"].shape[1:] == IMAGE_SHAPE and bool(a["integers"]) and a["range"].tolist() == [0, 255]
                for a in results.values()
            ),
            {"shape": next(iter(results.values()))["pictures"].shape, "range": every(results, "range").tolist()},
        ),
        Expectation(
            "one-map-rows-first",
            "the grey at row r, column c is that of weight 240 r + c, by one linear map for all six",
            all(bool(arrays["as defined"]) for arrays in results.values()),
            {"runs": len(results), "as defined": sum(bool(arrays["as defined"]) for arrays in results.values())},
        ),
        Expectation(
            "mean-faces",
            "what training adds to the weights of each emotion correlates by more than 0.5 with the mean of its faces "
            "minus the mean of all, in the median",
            bool((correlations > 0.5).all()),
            dict(zip(EMOTIONS, correlations.tolist(), strict=True)),
        ),
        Expectation(
            "where-emotions-differ",
            "the tenth of the pixels where mean faces differ most has more than twice its share of the squared change",
            bool(np.median(shares) > 0.2),
            spread(shares),
        ),
    )


def _table_weights(settings: Settings, results: Results) -> Table:
    rows = [(number + 1, *map(float, a["correlation"]), float(a["share"])) for number, a in enumerate(results.values())]
    caption = f"Correlation of the change of the weights with the mean face minus the mean of all, {shown(settings)}"
    return Table(caption, ("run", *EMOTIONS, "share of a tenth of the pixels"), tuple(rows))


def _tell_weights(settings: Settings, results: Results) -> Sequence[str]:
    correlations, shares = every(results, "correlation"), last(results, "share")
    grain = np.median(last(results, "start deviation"))
    told = (
        "The pictures look like faces in noise: bright where the faces of an emotion are brighter than the mean of all "
        "faces and dark where they are darker (correlation of the change with that difference "
        f"{correlations.min():.2f} to {correlations.max():.2f}). A tenth of the pixels, those where emotions differ "
        f"most, has {np.median(shares):.0%} of the squared change."
    )
    why = (
        "The negative gradient is (Y - P)^T X / n: as long as all emotions are equally likely, and equally many, it is "
        "a sixth of the mean face of the emotion minus that of all. So faces appear whatever has been learnt. "
        f"The grain is that of the start, of deviation {grain:.4f} (predicted: {(3 * PIXELS) ** -0.5:.4f})."
    )
    return told, why


_SOURCE = "torch.nn.Linear.forward"

STUDIES: Mapping[str, Study] = {
    study.id: study
    for study in (
        Study(
            id="cafe-confusion",
            title="Which emotions are taken for which, on people seen and not seen",
            sources=(("001", "3d"),),
            settings={**SETTINGS, "rows": "truth"},
            quick={"repeats": 1},
            subject=_SOURCE,
            keys=keys,
            run=_run_confusion,
            expect=_expect_confusion,
            figures={"confusion": draw_confusion},
            table=_table_confusion,
            discussion=_tell_confusion,
            twins=(
                Twin(
                    "transposed",
                    "rows of the matrix are what was predicted",
                    "expectations",
                    {"rows": "predicted", "repeats": 1},
                ),
            ),
        ),
        Study(
            id="cafe-weights",
            title="The weights of six emotions as pictures",
            sources=(("001", "3e"),),
            settings={**SETTINGS, "extrema": "joint", "shape": IMAGE_SHAPE},
            quick=QUICK,
            subject=_SOURCE,
            keys=keys,
            run=_run_weights,
            expect=_expect_weights,
            figures={"weights": draw_weights},
            table=_table_weights,
            discussion=_tell_weights,
            twins=(
                Twin(
                    "own-extrema",
                    "each picture may be scaled by its own least and greatest weight",
                    "expectations",
                    {"extrema": "of each category", "repeats": 1},
                ),
                Twin(
                    "columns-first",
                    "pictures of 240 x 380 show the same",
                    "expectations",
                    {"shape": IMAGE_SHAPE[::-1], "repeats": 1},
                ),
            ),
        ),
    )
}
