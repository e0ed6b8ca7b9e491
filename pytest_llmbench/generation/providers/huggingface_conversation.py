"""One request as a prompt that a model continues, and the continuation as a generation."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_llmbench.generation.provider import AttemptError
from pytest_llmbench.generation.providers.conversation import as_messages, as_text
from pytest_llmbench.generation.providers.huggingface_batch import Row, text_of
from pytest_llmbench.generation.providers.huggingface_sampling import Choosing
from pytest_llmbench.generation.providers.huggingface_weights import Weights
from pytest_llmbench.generation.providers.reasoning import OPENING, split_reasoning
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.hostile_text import storable
from pytest_llmbench.vocabulary import (
    EndpointFailure,
    FinishReason,
    Generation,
    Request,
    Timing,
    Usage,
)

__all__ = ["Conversation", "begin"]

_MAX_NEW_TOKENS = 4096
"""Where neither models.yaml nor the model names a limit."""


def begin(request: Request, weights: Weights) -> Conversation | Generation:
    """Make the prompt; a generation where there is no room to answer it.

    Raise AttemptError where the model's chat template refuses the messages.
    """
    is_chat = bool(weights.tokenizer.chat_template)
    prompt = _templated(request, weights) if is_chat else as_text(request)
    # A template has written the tokens that begin a text itself.
    tokens = weights.tokenizer(prompt, add_special_tokens=not is_chat)["input_ids"]
    limit = _limit(request, weights, len(tokens))
    if not tokens or limit < 1:
        usage = Usage(input_tokens=len(tokens), output_tokens=0)
        return Generation(
            finish_reason=FinishReason.LENGTH, usage=usage, model_returned=weights.identity
        )
    seed = request.model.sampling.seed
    return Conversation(
        row=Row(
            prompt=tokens, limit=limit, seed=None if seed is None else str(seed + request.sample)
        ),
        weights=weights,
        stop=request.model.sampling.stop,
        is_chat=is_chat,
        is_thinking=is_chat and prompt.rstrip().endswith(OPENING),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conversation:
    """A prompt, its continuation, and what it means."""

    row: Row
    weights: Weights
    stop: tuple[str, ...]
    is_chat: bool
    is_thinking: bool
    """Whether the prompt ends with the tag that opens reasoning."""

    def generation(self, choosing: Choosing, *, since_s: float) -> Generation:
        """Give what a finished row says; it has been waiting for its batch since `since_s`."""
        row = self.row
        reasoning, text = self._said(len(row.tokens))
        silent = self._tokens_before_the_answer() if reasoning else 0
        return Generation(
            text=storable(text),
            reasoning=storable(reasoning),
            finish_reason=row.finish,
            usage=Usage(
                input_tokens=len(row.prompt),
                output_tokens=len(row.tokens),
                reasoning_tokens=silent if reasoning else None,
            ),
            timing=Timing(
                queued_s=max(0.0, row.began_s - since_s),
                ttft_s=row.times_s[0],
                ttft_visible_s=row.times_s[silent] if silent < len(row.times_s) else None,
                latency_s=row.times_s[-1],
                chunk_times_s=tuple(row.times_s),
            ),
            model_returned=self.weights.identity,
            fingerprint=f"{self.weights.form} {choosing}",
        )

    def _said(self, count: int) -> tuple[str, str]:
        """Give the reasoning and the answer that the first `count` tokens hold."""
        text = text_of(self.weights, self.row, count)
        ends = [at for stop in self.stop if stop and (at := text.find(stop)) >= 0]
        text = text[: min(ends, default=len(text))]
        return split_reasoning(text, is_open=self.is_thinking) if self.is_chat else ("", text)

    def _tokens_before_the_answer(self) -> int:
        """Count the tokens before the first that the answer has something of."""
        low, high = 0, len(self.row.tokens)
        while low < high:
            middle = (low + high) // 2
            if self._said(middle + 1)[1].strip():
                high = middle
            else:
                low = middle + 1
        return low


def _templated(request: Request, weights: Weights) -> str:
    try:
        return str(
            weights.tokenizer.apply_chat_template(
                as_messages(request), tokenize=False, add_generation_prompt=True
            )
        )
    except Exception as error:  # a template raises what it likes
        message = one_line(f"the model's chat template refuses this: {error}")
        failure = EndpointFailure(kind="bad_request", message=message)
        raise AttemptError(failure, retryable=False) from None


def _limit(request: Request, weights: Weights, used: int) -> int:
    """Give how many tokens may be added to a prompt of `used` ones."""
    own = weights.settings.get("max_new_tokens")
    most = own if isinstance(own, int) and own > 0 else _MAX_NEW_TOKENS
    most = request.model.sampling.max_tokens or most
    return most if weights.context is None else min(most, weights.context - used)
