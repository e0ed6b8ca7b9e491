"""A model of transformers with random weights, small enough to be made for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CHATML = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def save_tiny_model(
    folder: Path,
    *,
    template: str | None = CHATML,
    context: int = 256,
    settings: dict[str, Any] | None = None,
) -> Path:
    """Write a tiny Llama, always the same one; `settings` is its generation_config.json."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=264,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=context,
        initializer_range=0.5,  # far from uniform, so that the best token is no near tie
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=None,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    save_byte_tokenizer(folder, template)
    text = json.dumps({"eos_token_id": 1, **(settings or {})})
    (folder / "generation_config.json").write_text(text)
    return folder


def save_byte_tokenizer(folder: Path, template: str | None) -> None:
    """Write a tokenizer whose tokens are bytes; it has no token for padding."""
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    names = ["<|none|>", "<|end|>", "<|start|>", *alphabet]
    model = tokenizers.models.BPE(vocab={name: at for at, name in enumerate(names)}, merges=[])
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.add_special_tokens(names[:3])
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|end|>")
    wrapped.chat_template = template
    wrapped.save_pretrained(folder)
