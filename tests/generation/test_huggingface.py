"""A model in this process: batches that nobody notices, limits, and ways to fail."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.vocabulary import (
    EndpointFailure,
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    Sampling,
    Usage,
)
from tests.tiny_model import CHATML, save_tiny_model

torch = pytest.importorskip("torch", reason="needs the extra `huggingface`")
transformers = pytest.importorskip("transformers", reason="needs the extra `huggingface`")
torch.set_num_threads(1)  # several would wait for each other, spinning, beside other tests

CHATML_OF_HI = "<|start|>user\nHi<|end|>\n<|start|>assistant\n"
PROMPTS = ("Hi", "Add two numbers, and say how.", "x" * 60, "Sort:", "Who?", "def f(" * 5)

labels = itertools.count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(32)
    yield made
    made.close(timeout_s=30)


def model(folder: Path, *, options: dict[str, Any] | None = None, **sampling: Any) -> Model:
    return Model(
        name=f"M#{next(labels)}",
        type="huggingface",
        model=folder.name,
        sampling=Sampling(**{"max_tokens": 24} | sampling),
        options={"repo": f"./{folder.name}", "folder": str(folder), **(options or {})},
    )


def ask(engine: Engine, asked: Model, prompts: Sequence[str], samples: int = 1) -> list[Generation]:
    """Ask everything at once."""
    futures = [
        engine.submit(
            Request(model=asked, messages=(Message(role="user", content=prompt),), sample=sample)
        )
        for prompt in prompts
        for sample in range(samples)
    ]
    return [future.result(timeout=120) for future in futures]


def one_by_one(engine: Engine, asked: Model, prompts: Sequence[str]) -> list[Generation]:
    return [ask(engine, asked, [prompt])[0] for prompt in prompts]


def texts(generations: Sequence[Generation]) -> list[str]:
    assert [each.failure for each in generations] == [None] * len(generations)
    return [each.text for each in generations]


@pytest.mark.parametrize(
    ("sampling", "settings"),
    [
        ({"temperature": 0}, {}),
        ({"temperature": 0.9, "seed": 3}, {}),
        ({"temperature": 0.9, "seed": 3, "top_p": 0.8}, {"top_k": 40, "min_p": 0.01}),
        ({"temperature": 0.9, "seed": 3}, {"repetition_penalty": 1.4, "no_repeat_ngram_size": 2}),
    ],
    ids=["greedy", "sampled", "filtered", "penalized"],
)
def test_a_text_does_not_depend_on_what_shares_its_batch(
    engine: Engine, tmp_path: Path, sampling: dict[str, Any], settings: dict[str, Any]
) -> None:
    asked = model(save_tiny_model(tmp_path / "m", settings=settings), **sampling)

    together = ask(engine, asked, PROMPTS)
    backwards = ask(engine, asked, PROMPTS[::-1])[::-1]
    alone = one_by_one(engine, asked, PROMPTS)

    assert texts(alone) == texts(together) == texts(backwards)
    assert len(set(texts(alone))) > 1


def test_padding_is_not_taken_for_text_that_repeats(engine: Engine, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m", template=None)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    reference = transformers.AutoModelForCausalLM.from_pretrained(folder)
    given = tokenizer(PROMPTS[0], return_tensors="pt")
    # Pad with what the shortest prompt is continued with: a penalty on it would show.
    best = int(reference.generate(**given, max_new_tokens=1, do_sample=False)[0, -1])
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(best)
    tokenizer.save_pretrained(folder)
    penalty = {"eos_token_id": 1, "repetition_penalty": 9.0, "do_sample": False}
    (folder / "generation_config.json").write_text(json.dumps(penalty))

    (alone,) = ask(engine, model(folder), PROMPTS[:1])
    together, *_ = ask(engine, model(folder), PROMPTS)

    assert texts([together]) == texts([alone])


@pytest.mark.parametrize(
    "settings", [{"top_k": 1}, {"top_p": 1e-9}, {"min_p": 1.0}, {"epsilon_cutoff": 0.999}]
)
def test_a_filter_that_leaves_one_token_is_greedy(
    engine: Engine, tmp_path: Path, settings: dict[str, Any]
) -> None:
    folder = save_tiny_model(tmp_path / "m", settings=settings)

    best = ask(engine, model(folder, temperature=0), PROMPTS)
    drawn = ask(engine, model(folder, temperature=2, seed=1), PROMPTS)

    assert texts(drawn) == texts(best)


@pytest.mark.parametrize("settings", [{}, {"repetition_penalty": 1.4, "no_repeat_ngram_size": 2}])
def test_greedy_texts_are_those_of_transformers_itself(
    engine: Engine, tmp_path: Path, settings: dict[str, Any]
) -> None:
    folder = save_tiny_model(tmp_path / "m", settings=settings)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    reference = transformers.AutoModelForCausalLM.from_pretrained(folder)
    expected = []
    for prompt in PROMPTS:
        turns = [{"role": "user", "content": prompt}]
        given = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        made = reference.generate(**given, max_new_tokens=24, do_sample=False, pad_token_id=0)
        new = made[0, given["input_ids"].shape[1] :]
        expected.append(tokenizer.decode(new, skip_special_tokens=True))

    assert texts(ask(engine, model(folder, temperature=0), PROMPTS)) == expected


def test_samples_are_drawn_with_their_own_seeds_and_can_be_drawn_again(
    engine: Engine, folder: Path
) -> None:
    first = texts(ask(engine, model(folder, temperature=1, seed=5), ["Hi"], samples=6))
    again = texts(ask(engine, model(folder, temperature=1, seed=5), ["Hi"], samples=6))
    shifted = texts(ask(engine, model(folder, temperature=1, seed=6), ["Hi"], samples=5))
    free = texts(ask(engine, model(folder, temperature=1), ["Hi"], samples=6))

    assert len(set(first)) == 6
    assert first == again
    assert first[1:] == shifted
    assert set(first).isdisjoint(free)


def test_a_token_is_drawn_as_often_as_the_model_says(engine: Engine, folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    reference = transformers.AutoModelForCausalLM.from_pretrained(folder)
    given = tokenizer(CHATML_OF_HI, return_tensors="pt", add_special_tokens=False)
    with torch.no_grad():
        shares = torch.softmax(reference(**given).logits[0, -1] / 0.7, dim=-1).tolist()
    expected: Counter[str] = Counter()
    for token, share in enumerate(shares):  # several bytes alone read as the same text
        expected[tokenizer.decode([token], skip_special_tokens=True)] += share
    count = 600

    drawn = ask(engine, model(folder, temperature=0.7, seed=0, max_tokens=1), ["Hi"], count)

    actual = Counter(texts(drawn))
    for text, share in expected.most_common(4):
        # Four standard errors; the seeds are fixed, so it cannot fail by chance.
        assert abs(actual[text] / count - share) < 4 * (share * (1 - share) / count) ** 0.5
    assert expected.most_common(4)[3][1] > 0.01


def test_without_a_temperature_the_models_own_settings_decide(
    engine: Engine, tmp_path: Path
) -> None:
    drawing = {"do_sample": True, "temperature": 0.7, "top_k": 9}
    drawn = ask(engine, model(save_tiny_model(tmp_path / "d", settings=drawing)), ["Hi"], samples=4)
    best = ask(engine, model(save_tiny_model(tmp_path / "g")), ["Hi"], samples=4)

    assert len(set(texts(drawn))) == 4
    assert drawn[0].fingerprint is not None
    assert drawn[0].fingerprint.endswith("sampled temperature=0.7 top_k=9")
    assert len(set(texts(best))) == 1
    assert best[0].fingerprint is not None
    assert best[0].fingerprint.endswith("greedy")


def test_tokens_and_times_are_each_rows_own(engine: Engine, tmp_path: Path) -> None:
    # A quarter of its tokens end it.
    folder = save_tiny_model(tmp_path / "m", settings={"eos_token_id": list(range(1, 264, 4))})
    asked = model(folder, temperature=1, seed=1, max_tokens=40)

    generations = ask(engine, asked, PROMPTS, samples=3)

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for prompt, made in zip([p for p in PROMPTS for _ in range(3)], generations, strict=True):
        whole = CHATML_OF_HI.replace("Hi", prompt)
        tokens = len(tokenizer(whole, add_special_tokens=False)["input_ids"])
        assert made.usage.input_tokens == tokens
        assert made.usage.output_tokens == len(made.timing.chunk_times_s)
        times = made.timing
        assert list(times.chunk_times_s) == sorted(times.chunk_times_s)
        assert times.ttft_s == times.ttft_visible_s == times.chunk_times_s[0]
        assert times.latency_s == times.chunk_times_s[-1]
        assert times.queued_s > 0
        assert made.finish_reason is FinishReason.STOP
    assert len({made.usage.output_tokens for made in generations}) > 3


def test_an_answer_ends_before_a_stop_string(engine: Engine, folder: Path) -> None:
    whole = texts(ask(engine, model(folder, temperature=0, max_tokens=60), ["Sort:"]))[0]
    stop = whole[20:23]
    assert whole.find(stop) > 0

    (cut,) = ask(engine, model(folder, temperature=0, stop=("\0never", stop)), ["Sort:"])

    assert cut.text == whole[: whole.find(stop)]
    assert cut.finish_reason is FinishReason.STOP


def test_a_limit_of_tokens_cuts_the_answer(engine: Engine, folder: Path) -> None:
    (cut,) = ask(engine, model(folder, temperature=0, max_tokens=5), ["Sort:"])

    assert cut.finish_reason is FinishReason.LENGTH
    assert cut.usage.output_tokens == 5


def test_a_full_context_is_a_cut_answer_and_no_failure(engine: Engine, tmp_path: Path) -> None:
    asked = model(save_tiny_model(tmp_path / "m", context=64), temperature=0, max_tokens=500)

    fits, too_long = ask(engine, asked, ["Hi", "x" * 100])

    assert fits.failure is too_long.failure is None
    assert fits.finish_reason is too_long.finish_reason is FinishReason.LENGTH
    assert fits.usage.input_tokens is not None
    assert fits.usage.output_tokens == 64 - fits.usage.input_tokens
    assert too_long.text == ""
    assert too_long.usage.output_tokens == 0


def test_a_model_without_a_template_continues_the_text(engine: Engine, tmp_path: Path) -> None:
    asked = model(save_tiny_model(tmp_path / "base", template=None), temperature=0)

    (made,) = ask(engine, replace(asked, system="Be brief."), ["Hi"])

    assert made.usage.input_tokens == len("Be brief.\n\nHi")
    assert made.text


def test_the_system_text_goes_through_the_template(engine: Engine, folder: Path) -> None:
    asked = replace(model(folder, temperature=0), system="Be brief.")

    (made,) = ask(engine, asked, ["Hi"])

    # `<|start|>`, the role, a newline, the text, `<|end|>` and a newline more.
    (without,) = ask(engine, model(folder, temperature=0), ["Hi"])
    assert made.usage.input_tokens == (without.usage.input_tokens or 0) + 1 + 7 + 9 + 2


def test_a_prompt_that_opens_reasoning_is_followed_by_reasoning(
    engine: Engine, tmp_path: Path
) -> None:
    asked = model(save_tiny_model(tmp_path / "m", template=f"{CHATML}<think>\n"), temperature=0)

    (made,) = ask(engine, asked, ["Hi"])

    assert made.text == ""
    assert made.reasoning
    assert made.timing.ttft_s is not None
    assert made.timing.ttft_visible_s is None
    assert made.usage.reasoning_tokens == made.usage.output_tokens


def test_a_first_space_is_kept_where_a_tokenizer_would_drop_it(
    engine: Engine, tmp_path: Path
) -> None:
    from pytest_llmbench.generation.providers.huggingface_batch import Row, text_of
    from pytest_llmbench.generation.providers.huggingface_weights import Source, _load

    folder = save_tiny_model(tmp_path / "m", template=None)
    save_space_dropping_tokenizer(folder)
    weights = _load(Source(repo="m", folder=str(folder)))
    encode = weights.tokenizer.encode
    row = Row(prompt=encode("def f():"), limit=9, seed=None, tokens=encode("return 1"))

    assert weights.tokenizer.decode(row.tokens) == "return 1"
    assert text_of(weights, row) == " return 1"


def save_space_dropping_tokenizer(folder: Path) -> None:
    """Write one like Llama 2's: spaces belong to words, the first of a text is dropped."""
    import tokenizers

    words = {name: at for at, name in enumerate(["?", "<|end|>", "▁def", "▁f():", "▁return", "▁1"])}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="?"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.decoder = tokenizers.decoders.Metaspace()
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|end|>")
    wrapped.save_pretrained(folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)


def test_two_models_of_the_same_weights_load_them_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_tiny_model(tmp_path / "m")
    loaded: list[Any] = []
    load = transformers.AutoModelForCausalLM.from_pretrained

    def counted(*args: Any, **keywords: Any) -> Any:
        loaded.append(args)
        return load(*args, **keywords)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", counted)

    texts(ask(engine, model(folder, temperature=0), ["Hi"]))
    texts(ask(engine, model(folder, temperature=1), ["Hi"]))

    assert len(loaded) == 1


@pytest.fixture
def memory_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Exception], list[int]]:
    """Let batches above a size run out of memory after some steps; gives the sizes tried."""

    def limit(rows: int, error: Exception) -> list[int]:
        sizes: list[int] = []
        forward = transformers.LlamaForCausalLM.forward

        def limited(self: Any, *args: Any, **keywords: Any) -> Any:
            made = forward(self, *args, **keywords)
            if made.logits.shape[0] > rows:
                sizes.append(made.logits.shape[0])
                if sizes.count(made.logits.shape[0]) > 3:
                    raise error
            return made

        monkeypatch.setattr(transformers.LlamaForCausalLM, "forward", limited)
        return sizes

    return limit


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
    ids=["cuda", "cpu"],
)
def test_a_batch_too_large_for_the_memory_is_halved(
    engine: Engine, folder: Path, memory_for: Callable[..., list[int]], error: Exception
) -> None:
    asked = model(folder, temperature=1, seed=1)
    expected = texts(ask(engine, model(folder, temperature=1, seed=1), PROMPTS))
    sizes = memory_for(2, error)

    assert texts(ask(engine, asked, PROMPTS)) == expected
    assert set(sizes) == {6, 3}
    sizes.clear()
    assert texts(ask(engine, asked, PROMPTS)) == expected
    assert sizes == []


def test_no_memory_for_one_request_is_a_failure_of_the_machine(
    engine: Engine, folder: Path, memory_for: Callable[..., list[int]]
) -> None:
    memory_for(0, torch.OutOfMemoryError("CUDA out of memory"))

    generations = ask(engine, model(folder, temperature=0, max_tokens=200), PROMPTS[:3])

    for made in generations:
        assert made.failure is not None
        assert made.failure.kind == "server_error"
        assert "out of memory with a single request" in made.failure.message


def test_scores_that_are_no_numbers_are_no_answer(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = transformers.LlamaForCausalLM.forward

    def broken(self: Any, *args: Any, **keywords: Any) -> Any:
        made = forward(self, *args, **keywords)
        made.logits[0, -1, 5] = torch.nan
        return made

    monkeypatch.setattr(transformers.LlamaForCausalLM, "forward", broken)

    (made,) = ask(engine, model(folder, temperature=0), ["Hi"])

    assert made.failure is not None
    assert "computes no numbers (NaN)" in made.failure.message


def failure_of(engine: Engine, asked: Model) -> EndpointFailure:
    (made,) = ask(engine, asked, ["Hi"])
    assert made.failure is not None
    assert made.usage == Usage()
    return made.failure


def test_weights_that_could_run_code_are_not_loaded(engine: Engine, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    failure = failure_of(engine, model(folder))

    assert failure.kind == "not_found"
    assert "it has no *.safetensors" in failure.message


def test_code_that_a_model_brings_along_is_not_run(engine: Engine, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m")
    witness = tmp_path / "ran"
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(witness)!r}, 'w')\nclass Own: pass\n")

    failure = failure_of(engine, model(folder))

    assert failure.kind == "not_found"
    assert not witness.exists()


def test_a_template_that_refuses_the_messages_says_why(engine: Engine, tmp_path: Path) -> None:
    template = "{{ raise_exception('System role not supported') }}"

    failure = failure_of(engine, model(save_tiny_model(tmp_path / "m", template=template)))

    assert failure.kind == "bad_request"
    assert "System role not supported" in failure.message


def test_weights_are_named_by_their_bytes(engine: Engine, folder: Path) -> None:
    import hashlib

    (made,) = ask(engine, model(folder, temperature=0), ["Hi"])

    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert made.model_returned == f"sha256:{digest}"
    assert made.fingerprint is not None
    assert made.fingerprint.startswith(f"float32 cpu transformers {transformers.__version__} torch")


def test_weights_can_be_run_in_another_data_type(engine: Engine, folder: Path) -> None:
    (made,) = ask(engine, model(folder, temperature=0, options={"dtype": "bfloat16"}), ["Hi"])

    assert made.failure is None
    assert made.fingerprint is not None
    assert made.fingerprint.startswith("bfloat16 cpu")


def test_closing_stops_a_batch_that_is_running(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "m", context=1_000_000)
    engine = Engine(32)
    asked = model(folder, temperature=1, max_tokens=900_000)
    ask(engine, replace(asked, sampling=Sampling(max_tokens=1)), ["Hi"])
    begun = threading.Event()
    handle = torch.nn.modules.module.register_module_forward_hook(lambda *_: begun.set())
    try:
        pending = engine.submit(
            Request(model=asked, messages=(Message(role="user", content="Hi"),), sample=0)
        )
        assert begun.wait(60)
    finally:
        handle.remove()

    engine.close()

    assert pending.result().failure is not None
    for thread in threading.enumerate():
        if thread.name == "llm-huggingface":
            thread.join(60)
    assert "llm-huggingface" not in {thread.name for thread in threading.enumerate()}
