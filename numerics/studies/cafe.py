"""Emotions from 91,200 pixels by one linear layer: the network, its training and its loss."""

from __future__ import annotations

import copy
import io
import pickle
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import chi2
from torch import Tensor, nn

from ...models.cafe import PIXELS, CAFENet, fit, load, predict, save
from ...models.faces import EMOTIONS, IMAGE_SHAPE, Faces
from ..comparison import gamma
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .cafe_figures import draw_faces, draw_losses, draw_start
from .cafe_training import (
    CHANCE,
    QUICK,
    SETTINGS,
    every,
    expect_small,
    faces,
    keys,
    last,
    network,
    shared,
    shown,
    spread,
    train,
)
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

COUNT = (PIXELS + 1) * len(EMOTIONS)
CONFIDENCE = 1e-6
"""How rarely correct variances may be called wrong, in each of the two directions."""


# cafe-net


def _run_net(settings: Settings, key: Key, stream: Stream) -> Arrays:
    source = shared(stream, key)
    known, unknown = faces(settings, source)
    net = network(settings, source)
    linear = next(module for module in net.modules() if isinstance(module, nn.Linear))
    x, weight, bias = (tensor.detach().double() for tensor in (known.images, linear.weight, linear.bias))
    with torch.no_grad():
        live = copy.deepcopy(net).double()(x).numpy()
        loss = float(nn.functional.cross_entropy(net(known.images), known.labels))
        with source.spawn("fresh").torch_default():
            fresh = [CAFENet()(known.images[0]).numpy() for _ in range(settings["networks"])]
    by_hand = x.numpy() @ weight.numpy().T + bias.numpy()
    bound = 2 * gamma(PIXELS + 1) * (x.abs().numpy() @ weight.abs().numpy().T + bias.abs().numpy())
    people = [*dict.fromkeys(known.subjects)][:2] + [*dict.fromkeys(unknown.subjects)][:1]
    return {
        "parameters": np.array(sum(parameter.numel() for parameter in net.parameters())),
        "loss": np.array(loss),
        "largest difference": np.abs(live - by_hand).max(),
        "largest excess": (np.abs(live - by_hand) - bound).max(),
        "fresh logits": np.stack(fresh),
        "predicted variance": np.array((float((x[0] ** 2).sum()) + 1) / (3 * PIXELS)),
        "pictures": np.stack([_pictures(known if who in known.subjects else unknown, who) for who in people]),
        "picture subjects": np.array(people),
    }


def _pictures(part: Faces, who: str) -> NDArray[np.uint8]:
    """One picture of each emotion, of shape (6, 380, 240); black where a person has none."""
    found = np.zeros((len(EMOTIONS), *IMAGE_SHAPE), dtype=np.uint8)
    for image, label, subject in zip(part.images, part.labels.tolist(), part.subjects, strict=True):
        if subject == who:
            found[label] = (255 * image.numpy()).round().reshape(IMAGE_SHAPE)
    return found


def _expect_net(settings: Settings, results: Results) -> Sequence[Expectation]:
    counted = {int(arrays["parameters"]) for arrays in results.values()}
    excess, losses = last(results, "largest excess"), np.array([float(arrays["loss"]) for arrays in results.values()])
    ratios = [float(np.sum(a["fresh logits"] ** 2) / a["predicted variance"]) for a in results.values()]
    size = sum(arrays["fresh logits"].size for arrays in results.values())
    low, high = (float(q) / size for q in chi2.ppf([CONFIDENCE, 1 - CONFIDENCE], size))
    ratio = sum(ratios) / size
    return (
        Expectation(
            "parameters",
            f"the live module has 6 (380 * 240 + 1) = {COUNT:,} parameters",
            counted == {COUNT},
            {"parameters": sorted(counted)},
        ),
        Expectation(
            "raw-logits",
            "the output is W x + b itself, within the rounding bounds of two such sums in float64",
            bool((excess <= 0).all()),
            {"largest difference": max(float(a["largest difference"]) for a in results.values())},
        ),
        Expectation(
            "default-variance",
            f"logits of fresh networks have the variance (|x|^2 + 1) / (3 * 91200): the ratio is in "
            f"[{low:.3f}, {high:.3f}], as for normal logits in all but {2 * CONFIDENCE:g} of cases",
            low < ratio < high,
            {"ratio": ratio, "logits": size},
        ),
        Expectation(
            "starts-at-chance",
            f"before training the median loss is within 0.1 of log 6 = {CHANCE:.3f}",
            bool(abs(np.median(losses) - CHANCE) < 0.1),
            spread(losses),
        ),
    )


def _table_net(settings: Settings, results: Results) -> Table:
    rows = [
        (
            number + 1,
            int(a["parameters"]),
            float(a["loss"]),
            float(a["predicted variance"]),
            float(a["fresh logits"].var()),
        )
        for number, a in enumerate(results.values())
    ]
    columns = ("run", "parameters", "loss before training", "variance of a logit, predicted", "seen")
    return Table(f"The network before training, {shown(settings)}", columns, tuple(rows))


# cafe-fit


def _run_fit(settings: Settings, key: Key, stream: Stream) -> Arrays:
    source = shared(stream, key)
    trained = train(settings, source)
    x, y = trained.train.images, trained.train.labels
    start = network(settings, source)
    arrays: dict[str, NDArray[Any]] = {"losses": trained.losses}
    with torch.no_grad():
        arrays["start"] = np.array(float(nn.functional.cross_entropy(start(x), y)))
        arrays["end"] = np.array(float(nn.functional.cross_entropy(trained.net(x), y)))
        arrays["right"] = (predict(trained.net, x) == y).double().mean().numpy()
    if settings["recorded"] == "after the step":
        arrays["losses"] = np.append(trained.losses[1:], arrays["end"])
    elif settings["recorded"] != "before the step":
        raise ValueError(f"recorded: found {settings['recorded']!r}, expected 'before the step' or 'after the step'")
    arrays |= _first_step(start, x, y, settings["step"])
    if isinstance(trained.net, CAFENet):
        arrays |= _round_trip(trained.net, x)
    return arrays


def _first_step(net: nn.Module, x: Tensor, y: Tensor, step: float) -> dict[str, NDArray[Any]]:
    """The gradient against (P - Y)^T X / n in float64, and Adam's first step against -lr g / (|g| + eps)."""
    precise = copy.deepcopy(net).double()
    logits = precise(x.double())
    nn.functional.cross_entropy(logits, y).backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
    residual = torch.softmax(logits.detach(), 1) - nn.functional.one_hot(y, len(EMOTIONS))
    formula = residual.T @ x.double() / len(x)
    gradient = next(precise.parameters()).grad
    nn.functional.cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]  # as above
    weight = next(net.parameters())
    before, own = weight.detach().clone(), weight.grad
    fit(net, x, y, 1, lr=step)
    if gradient is None or own is None:
        raise RuntimeError("gradient: found none after backward")
    predicted = -step * own / (own.abs() + 1e-8)
    return {
        "gradient difference": (gradient - formula).abs().max().numpy(),
        "step difference": ((weight.detach() - before) - predicted).abs().max().numpy() / step,
    }


def _round_trip(net: CAFENet, x: Tensor) -> dict[str, NDArray[Any]]:
    """Save and load the parameters; then try to load a pickled module in the way that is safe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cafe.pt"
        save(net, path)
        again = load(path)
        size = path.stat().st_size
    whole = io.BytesIO()
    torch.save(net, whole)
    whole.seek(0)
    try:
        torch.load(whole, weights_only=True)
        refused = False
    except pickle.UnpicklingError:
        refused = True
    with torch.no_grad():
        same = torch.equal(again(x), net(x))
    equal = all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))
    return {
        "state weight": net.linear.weight.detach().numpy(),
        "state bias": net.linear.bias.detach().numpy(),
        "same after loading": np.array(same and equal),
        "pickled module refused": np.array(refused),
        "bytes": np.array(size),
    }


def _expect_fit(settings: Settings, results: Results) -> Sequence[Expectation]:
    first = np.array([float(arrays["losses"][0] - arrays["start"]) for arrays in results.values()])
    lengths = {len(arrays["losses"]) for arrays in results.values()}
    gradients, steps = last(results, "gradient difference"), last(results, "step difference")
    loaded = [bool(a.get("same after loading", False)) for a in results.values()]
    refused = [bool(a.get("pickled module refused", False)) for a in results.values()]
    return (
        Expectation(
            "losses",
            f"there are {settings['epochs']} losses, the first that of the network before any step",
            lengths == {settings["epochs"]} and bool((np.abs(first) < 1e-5).all()),
            {"losses": sorted(lengths), "first minus loss before training": float(np.abs(first).max())},
        ),
        Expectation(
            "gradient",
            "autograd gives (P - Y)^T X / n to 1e-12 in float64",
            bool((gradients < 1e-12).all()),
            {"largest difference": gradients.max()},
        ),
        Expectation(
            "first-step",
            "Adam's first step is -lr g / (|g| + 1e-8) for every weight, to 1e-4 lr",
            bool((steps < 1e-4).all()),
            {"largest difference / lr": steps.max()},
        ),
        *expect_small(results),
        Expectation(
            "training-accuracy",
            "in the median all training faces are recognised",
            bool(np.median(last(results, "right")) == 1.0),
            spread(last(results, "right")),
        ),
        Expectation(
            "saved-and-loaded",
            "parameters that were saved and loaded with weights_only=True are the same and give the same logits",
            all(loaded),
            {"runs": len(loaded), "same": sum(loaded)},
        ),
        Expectation(
            "pickled-module-refused",
            "torch.load with weights_only=True refuses a pickled module",
            all(refused),
            {"runs": len(refused), "refused": sum(refused)},
        ),
    )


def _table_fit(settings: Settings, results: Results) -> Table:
    rows = [
        (number + 1, float(a["losses"][0]), float(a["losses"].max()), float(a["losses"][-1]), float(a["right"]))
        for number, a in enumerate(results.values())
    ]
    columns = ("run", "first loss", "highest", "last", "training faces right")
    return Table(f"Full-batch Adam on {shown(settings)}", columns, tuple(rows))


# cafe-loss-curve


def _run_losses(settings: Settings, key: Key, stream: Stream) -> Arrays:
    trained = train(settings, shared(stream, key))
    return {"losses": trained.losses, "reach": settings["step"] * (trained.train.images.abs().sum(1).max().numpy() + 1)}


def _expect_losses(settings: Settings, results: Results) -> Sequence[Expectation]:
    losses, reach = every(results, "losses"), last(results, "reach")
    first, peaks, places = losses[:, 0], losses.max(axis=1), losses.argmax(axis=1)
    second = losses[:, min(1, losses.shape[1] - 1)]
    return (
        Expectation(
            "counted",
            f"there are {settings['epochs']} losses, of epoch 0 to epoch {settings['epochs'] - 1}",
            losses.shape[1] == settings["epochs"],
            {"losses": losses.shape[1]},
        ),
        Expectation(
            "starts-at-chance",
            f"the median first loss is within 0.1 of log 6 = {CHANCE:.3f}",
            bool(abs(np.median(first) - CHANCE) < 0.1),
            spread(first),
        ),
        Expectation(
            "rises-first",
            "the loss does not fall monotonically: its median peak is more than ten times its start, in epochs 1 to 20",
            bool(np.median(peaks / first) > 10 and 1 <= np.median(places) <= 20),
            {
                "peak": float(np.median(peaks)),
                "peak / start": float(np.median(peaks / first)),
                "epoch": places.tolist(),
            },
        ),
        Expectation(
            "within-reach",
            "the first step raises the loss by at most 2 lr (|x|_1 + 1), the most that moving each weight by lr can do",
            bool((second - first <= 2 * reach).all()),
            {"largest rise": float((second - first).max()), "2 lr (|x|_1 + 1)": float(2 * reach.max())},
        ),
        *expect_small(results),
    )


def _tell_losses(settings: Settings, results: Results) -> Sequence[str]:
    losses, reach = every(results, "losses"), last(results, "reach")
    start, peak, end = (np.median(values) for values in (losses[:, 0], losses.max(axis=1), losses[:, -1]))
    told = (
        f"The loss starts at {start:.2f} (log 6 is {CHANCE:.2f}), rises to {peak:.0f} "
        f"within the first epochs and ends at {end:.3f} (medians of {len(losses)} runs). Adam's "
        f"first step moves every weight by about {settings['step']:g}, whatever the gradient; the pixels are positive, "
        f"so that these moves add up: a logit can change by lr (|x|_1 + 1) = {reach.max():.0f} in one step."
    )
    return (told,)


_SOURCE = "torch.nn.Linear.forward"
_ADAM = "torch.optim.Adam.step"
_SOFTMAX = Twin(
    "softmax-inside",
    "a softmax at the end of the network does no harm before nn.CrossEntropyLoss",
    "expectations",
    {"output": "softmax", "repeats": 1},
)

STUDIES: Mapping[str, Study] = {
    study.id: study
    for study in (
        Study(
            id="cafe-net",
            title="One linear layer from 91,200 pixels to six emotions",
            sources=(("001", "3a"),),
            settings={**SETTINGS, "networks": 100},
            quick={**QUICK, "networks": 40},
            subject=_SOURCE,
            keys=keys,
            run=_run_net,
            expect=_expect_net,
            figures={"faces": draw_faces, "start": draw_start},
            table=_table_net,
            twins=(_SOFTMAX,),
        ),
        Study(
            id="cafe-fit",
            title="Full-batch Adam on the cross entropy of faces",
            sources=(("001", "3b"),),
            settings={**SETTINGS, "recorded": "before the step"},
            quick=QUICK,
            subject=_ADAM,
            keys=keys,
            run=_run_fit,
            expect=_expect_fit,
            figures={"losses": draw_losses},
            table=_table_fit,
            twins=(
                _SOFTMAX,
                Twin(
                    "after-the-step",
                    "losses may be recorded after each step as well",
                    "expectations",
                    {"recorded": "after the step", "repeats": 1},
                ),
            ),
        ),
        Study(
            id="cafe-loss-curve",
            title="The empirical risk over 201 epochs",
            sources=(("001", "3c"),),
            settings=SETTINGS,
            quick=QUICK,
            subject=_ADAM,
            keys=keys,
            run=_run_losses,
            expect=_expect_losses,
            figures={"losses": draw_losses},
            discussion=_tell_losses,
            twins=(
                _SOFTMAX,
                Twin(
                    "small-step", "a step of 1e-5 rises and ends as well", "expectations", {"step": 1e-5, "repeats": 1}
                ),
            ),
        ),
    )
}
