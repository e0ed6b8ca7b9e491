"""Weights in this process: found, loaded once, and named so that they can be found again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
import transformers
from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError
from transformers.utils import logging as transformers_logging

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.redaction import one_line
from pytest_llmbench.vocabulary import EndpointFailure, Model

__all__ = ["TURN", "Source", "Weights", "device_of", "load_failure", "weights_of"]

_NEEDED = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
_NOT_NEEDED = ("*/*", "consolidated*")
"""Copies of the weights in other formats lie there."""
_HASHED_AT_ONCE = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which weights, how stored, and where."""

    repo: str
    folder: str | None = None
    """`None`: `repo` is a name on the Hub."""
    revision: str | None = None
    dtype: str = "auto"
    """`auto`: as the weights are stored."""
    quantization: str = "none"
    device: str = "auto"

    @classmethod
    def of(cls, model: Model) -> Source:
        names = ("repo", "folder", "revision", "dtype", "quantization", "device")
        return cls(**{name: model.options[name] for name in names if name in model.options})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Weights:
    """A model that can be run; use it while holding `TURN` only."""

    model: Any
    tokenizer: Any
    settings: Mapping[str, Any]
    """The model's generation_config.json."""
    eos: frozenset[int]
    pad: int
    context: int | None
    """Tokens of prompt and answer together; `None`: the model names no limit."""
    identity: str
    """`owner/name@commit`, or the SHA-256 of a folder's weights."""
    form: str
    """What else decides its texts: data type, quantization, device, versions."""


TURN = threading.Lock()
"""Held by whoever loads or runs a model: memory and cores are the process's, and two
models at once would each be timed while waiting for the other."""

_LOADED: WeakValueDictionary[Source, Weights] = WeakValueDictionary()
"""Guarded by `TURN`. Two models that differ in their sampling alone share their weights."""


def weights_of(source: Source) -> Weights:
    """Give the weights, loaded if nobody has them; whatever the libraries raise, it raises.

    Takes minutes for large ones, and sends nothing where they are on this disk.
    """
    weights = _LOADED.get(source)
    if weights is None:
        weights = _LOADED[source] = _load(source)
    return weights


def load_failure(error: Exception) -> EndpointFailure:
    """Say why weights could not be loaded."""
    kind = "server_error"
    if isinstance(error, GatedRepoError):
        kind = "auth"
    elif isinstance(error, OSError | ValueError | ImportError | ConfigError):
        kind = "not_found"
    if isinstance(error, LocalEntryNotFoundError):
        kind = "connection"
    # The first lines say what is wrong; what follows is advice on other arguments.
    said = " ".join(str(error).strip().splitlines()[:2])
    message = one_line(f"the model cannot be loaded: {type(error).__name__}: {said}")
    return EndpointFailure(kind=kind, message=message)


def device_of(name: str) -> torch.device:
    """Give the device of a name; ConfigError where this machine has none such."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"PyTorch finds {torch.cuda.device_count()} CUDA devices here")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ConfigError("PyTorch finds no Metal device here")
    return device


def _load(source: Source) -> Weights:
    device = device_of(source.device)
    with _without_progress_bars():
        folder = _folder_of(source)
        if not any(folder.glob("*.safetensors")):
            raise ConfigError("it has no *.safetensors; other weights can run code, and are not")
        config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype=source.dtype if source.dtype == "auto" else getattr(torch, source.dtype),
            use_safetensors=True,
            trust_remote_code=False,
            **_quantized(source, config, device),
        )
    if model.device != device and source.quantization == "none":
        model.to(device)
    model.eval()
    settings = _settings_in(folder)
    eos = _eos_of(model.generation_config.eos_token_id, tokenizer.eos_token_id)
    pad = tokenizer.pad_token_id
    return Weights(
        model=model,
        tokenizer=tokenizer,
        settings=settings,
        eos=eos,
        pad=min(eos, default=0) if pad is None else pad,
        context=getattr(config.get_text_config(), "max_position_embeddings", None),
        identity=_identity(source, folder),
        form=_form(source, config, model),
    )


@contextlib.contextmanager
def _without_progress_bars() -> Iterator[None]:
    """Keep them out of the captured output of whichever test is running."""
    was_shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_shown:
            transformers_logging.enable_progress_bar()


def _folder_of(source: Source) -> Path:
    if source.folder is not None:
        return Path(source.folder)
    # Not left to transformers: it would take a folder of that name for it.
    path = snapshot_download(
        source.repo,
        revision=source.revision,
        allow_patterns=list(_NEEDED),
        ignore_patterns=list(_NOT_NEEDED),
    )
    return Path(path)


def _quantized(source: Source, config: Any, device: torch.device) -> dict[str, Any]:
    stored = getattr(config, "quantization_config", None)
    if source.quantization == "none":
        return {} if stored is None else {"device_map": {"": device}}
    if stored is not None:
        raise ConfigError("its weights are quantized already; leave out `quantization:`")
    settings = transformers.BitsAndBytesConfig(
        load_in_8bit=source.quantization == "8bit",
        load_in_4bit=source.quantization == "4bit",
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": settings, "device_map": {"": device}}


def _settings_in(folder: Path) -> dict[str, Any]:
    """Read the file itself: transformers adds its own defaults to it."""
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return settings if isinstance(settings, dict) else {}


def _eos_of(*given: object) -> frozenset[int]:
    ids: set[int] = set()
    for each in given:
        ids.update(each if isinstance(each, list) else [each] if isinstance(each, int) else [])
    return frozenset(ids)


def _identity(source: Source, folder: Path) -> str:
    if source.folder is None:
        return f"{source.repo}@{folder.name}"  # a snapshot's folder is named by its commit
    digests = [(path.name, _sha256(path)) for path in sorted(folder.glob("*.safetensors"))]
    if len(digests) == 1:
        return f"sha256:{digests[0][1]}"
    lines = "".join(f"{digest}  {name}\n" for name, digest in digests)
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_HASHED_AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()


def _form(source: Source, config: Any, model: Any) -> str:
    stored = getattr(config, "quantization_config", None)
    method = stored.get("quant_method") if isinstance(stored, dict) else None
    quantization = source.quantization if stored is None else str(method or "quantized")
    parts = [str(model.dtype).removeprefix("torch.")]
    parts += [] if quantization == "none" else [quantization]
    parts += [model.device.type, f"transformers {transformers.__version__}"]
    return " ".join([*parts, f"torch {torch.__version__}"])
