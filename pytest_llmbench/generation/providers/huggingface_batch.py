"""Several prompts continued together, each as if it were alone."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch
import transformers

from pytest_llmbench.generation.providers.huggingface_sampling import Choosing
from pytest_llmbench.generation.providers.huggingface_weights import Weights
from pytest_llmbench.vocabulary import FinishReason

__all__ = [
    "BrokenScoresError",
    "Row",
    "StoppedError",
    "continue_rows",
    "free_memory",
    "is_out_of_memory",
    "text_of",
]

_CONTEXT_TOKENS = 8
"""Tokens of the prompt that are decoded along, so that a first space is not lost."""

_LEFT_TO_CHOOSER: Mapping[str, Any] = {
    "do_sample": False,
    "temperature": 1.0,
    "top_k": 50,
    "top_p": 1.0,
    "min_p": None,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
}
"""The defaults of transformers, which do nothing where nothing is drawn. Others make it warn."""


class StoppedError(Exception):
    """The session ends, and nobody waits for the rest."""


class BrokenScoresError(Exception):
    """The model computed no numbers: its data type is too small for it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Row:
    """One prompt and its continuation so far."""

    prompt: list[int]
    limit: int
    """New tokens at most, from 1."""
    seed: str | None
    """Decides what is drawn, whatever else is in the batch; `None`: chance does."""
    tokens: list[int] = field(default_factory=list)
    """With the token that ended it."""
    times_s: list[float] = field(default_factory=list)
    """When each token was there, since the batch began."""
    began_s: float = 0.0
    """When the batch began, on the clock of `perf_counter`."""
    finish: FinishReason | None = None

    def begin(self, at_s: float) -> random.Random:
        """Forget an attempt that ran out of memory, and give the numbers to draw with."""
        self.tokens.clear()
        self.times_s.clear()
        self.began_s = at_s
        return random.Random(self.seed)


def continue_rows(
    weights: Weights,
    rows: Sequence[Row],
    *,
    choosing: Choosing,
    stop: Sequence[str],
    is_stopped: Callable[[], bool],
    on_finished: Callable[[Row], None],
) -> None:
    """Continue every row to its end; `on_finished` has each as soon as it is there.

    Raise StoppedError when `is_stopped` says so, within half a layer's time, and what
    PyTorch raises when memory runs out: rows that were finished by then stay finished.
    """
    model = weights.model
    progress = _Progress(weights, rows, stop, is_stopped, on_finished)
    chooser = _Chooser(rows, choosing, progress.begin())
    width = max(len(row.prompt) for row in rows)
    padded = [[weights.pad] * (width - len(row.prompt)) + row.prompt for row in rows]
    mask = [[0] * (width - len(row.prompt)) + [1] * len(row.prompt) for row in rows]
    with _interruptible(model, is_stopped):
        model.generate(
            input_ids=torch.tensor(padded, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            generation_config=_config(weights, max(row.limit for row in rows)),
            logits_processor=transformers.LogitsProcessorList([chooser]),
            stopping_criteria=transformers.StoppingCriteriaList([progress]),
        )


def text_of(weights: Weights, row: Row, count: int | None = None) -> str:
    """Decode what a row added to its prompt, or the first `count` tokens of it.

    Together with the end of the prompt: some tokenizers drop the space that a text
    begins with, and with it the indentation of code that is continued.
    """
    tokens = row.tokens[:count]
    tokens = tokens[:-1] if tokens and tokens[-1] in weights.eos else tokens
    return _decoded_after(weights.tokenizer, row.prompt, tokens)


def is_out_of_memory(error: Exception) -> bool:
    """Whether a smaller batch could have succeeded."""
    # On the CPU it is a plain RuntimeError, which names the allocator.
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def free_memory() -> None:
    """Give back what a failed batch has left, once nothing refers to it."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _decoded_after(tokenizer: Any, before: list[int], tokens: list[int]) -> str:
    lead = before[-_CONTEXT_TOKENS:]
    whole, known = _decoded(tokenizer, lead + tokens), _decoded(tokenizer, lead)
    if whole.startswith(known):
        return whole[len(known) :]
    return _decoded(tokenizer, tokens)  # the prompt ended inside a character


def _decoded(tokenizer: Any, tokens: list[int]) -> str:
    # `clean_up_...` would make `a , b` of code into `a, b`.
    return str(
        tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    )


def _config(weights: Weights, limit: int) -> Any:
    """Take from the model's own settings all that `_Chooser` does not do."""
    config = copy.deepcopy(weights.model.generation_config)
    config.update(
        **_LEFT_TO_CHOOSER,
        num_beams=1,
        num_return_sequences=1,
        max_new_tokens=limit,
        max_length=None,
        return_dict_in_generate=False,
        eos_token_id=sorted(weights.eos) or None,
        pad_token_id=weights.pad,
    )
    return config


@contextmanager
def _interruptible(model: Any, is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Let a forward pass be stopped inside every layer: a long prompt takes minutes."""

    def look(*_: object) -> None:
        if is_stopped():
            raise StoppedError

    stacks = [each for each in model.modules() if isinstance(each, torch.nn.ModuleList)]
    parts = {part for stack in stacks for layer in stack for part in layer.children()}
    handles = [part.register_forward_pre_hook(look) for part in parts]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Chooser:
    """Choose each row's next token with numbers of its own.

    A logits processor that leaves one token possible. `generate` itself would draw all
    rows' tokens from one stream, so that a row's text hung on its place in the batch.
    """

    def __init__(
        self, rows: Sequence[Row], choosing: Choosing, streams: Sequence[random.Random]
    ) -> None:
        self._lengths = [len(row.prompt) for row in rows]
        self._width = max(self._lengths)
        self._choosing = choosing
        self._streams = streams
        settings = choosing.settings
        self._penalties = [make(settings[name]) for name, make in _PENALTIES if name in settings]
        self._warpers = [make(settings[name]) for name, make in _WARPERS if name in settings]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if bool(scores.isnan().any()):
            raise BrokenScoresError
        if self._penalties:
            scores = self._penalized(input_ids, scores)
        if self._choosing.is_greedy:
            return scores
        for warper in self._warpers:
            scores = warper(input_ids, scores)
        return self._drawn(scores)

    def _penalized(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Look back on each row without its padding, whose token may be the end token."""
        penalized = []
        for at, length in enumerate(self._lengths):
            own_ids, own_scores = (
                input_ids[at : at + 1, self._width - length :],
                scores[at : at + 1],
            )
            for penalty in self._penalties:
                own_scores = penalty(own_ids, own_scores)
            penalized.append(own_scores)
        return torch.cat(penalized)

    def _drawn(self, scores: torch.Tensor) -> torch.Tensor:
        # Metal has no float64; elsewhere the sum over a large vocabulary needs it.
        precise = torch.float32 if scores.device.type == "mps" else torch.float64
        sums = torch.softmax(scores, dim=-1, dtype=precise).cumsum(dim=-1)
        numbers = torch.tensor([[stream.random()] for stream in self._streams], dtype=precise)
        at = torch.searchsorted(sums, numbers.to(sums.device) * sums[:, -1:], right=True)
        chosen = at.clamp(max=scores.shape[-1] - 1)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)


_PENALTIES: Sequence[tuple[str, Callable[[Any], Any]]] = (
    ("repetition_penalty", transformers.RepetitionPenaltyLogitsProcessor),
    ("no_repeat_ngram_size", transformers.NoRepeatNGramLogitsProcessor),
)
_WARPERS: Sequence[tuple[str, Callable[[Any], Any]]] = (
    ("temperature", transformers.TemperatureLogitsWarper),
    ("top_k", transformers.TopKLogitsWarper),
    ("top_p", transformers.TopPLogitsWarper),
    ("min_p", transformers.MinPLogitsWarper),
    ("typical_p", transformers.TypicalLogitsWarper),
    ("epsilon_cutoff", transformers.EpsilonLogitsWarper),
    ("eta_cutoff", transformers.EtaLogitsWarper),
)


class _Progress:
    """Take each step's tokens, and end the rows that are finished.

    A stopping criterion: it is called after every step.
    """

    def __init__(
        self,
        weights: Weights,
        rows: Sequence[Row],
        stop: Sequence[str],
        is_stopped: Callable[[], bool],
        on_finished: Callable[[Row], None],
    ) -> None:
        self._weights = weights
        self._rows = rows
        self._stop = [text for text in stop if text]
        # A token is at least a byte, but for special ones, which leave no text.
        self._looked_at = max((len(text.encode()) for text in self._stop), default=0) + 4
        self._is_stopped = is_stopped
        self._on_finished = on_finished

    def begin(self) -> list[random.Random]:
        now_s = perf_counter()
        return [row.begin(now_s) for row in self._rows]

    def __call__(self, input_ids: torch.Tensor, *_: object) -> torch.Tensor:
        if self._is_stopped():
            raise StoppedError
        tokens = input_ids[:, -1].tolist()
        now_s = perf_counter()
        for row, token in zip(self._rows, tokens, strict=True):
            if row.finish is None:
                row.tokens.append(token)
                row.times_s.append(now_s - row.began_s)
                row.finish = self._finish_of(row)
                if row.finish is not None:
                    self._on_finished(row)
        done = [row.finish is not None for row in self._rows]
        return torch.tensor(done, device=input_ids.device)

    def _finish_of(self, row: Row) -> FinishReason | None:
        if row.tokens[-1] in self._weights.eos or self._has_stop(row):
            return FinishReason.STOP
        return FinishReason.LENGTH if len(row.tokens) >= row.limit else None

    def _has_stop(self, row: Row) -> bool:
        if not self._stop:
            return False
        before, last = row.tokens[: -self._looked_at], row.tokens[-self._looked_at :]
        said = _decoded_after(self._weights.tokenizer, before or row.prompt, last)
        return any(text in said for text in self._stop)
