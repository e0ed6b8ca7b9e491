"""What a machine lacks for a model is said before anything is loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.providers.huggingface import check
from pytest_llmbench.vocabulary import Model


def model(**options: Any) -> Model:
    return Model(
        name="m", type="huggingface", model="a/b", options={"repo": "a/b", **options},
        origin="models.yaml:2",
    )  # fmt: skip


class Installed:
    """Finds any of some packages, as `find_spec` does; importing them fails."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, None) if name in self._names else None


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let just these of the packages in question be there."""

    def only(*names: str) -> None:
        for name in ("torch", "transformers", "bitsandbytes", "accelerate"):
            monkeypatch.delitem(sys.modules, name, raising=False)
            if name not in names:
                monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setattr(sys, "meta_path", [Installed(*names), *sys.meta_path])

    return only


@pytest.mark.parametrize(
    ("installed", "missing"),
    [((), "torch and transformers"), (("torch",), "transformers"), (("transformers",), "torch")],
)
def test_the_extra_is_named(install: Any, installed: tuple[str, ...], missing: str) -> None:
    install(*installed)

    with pytest.raises(ConfigError) as caught:
        check(model())

    assert str(caught.value) == (
        f"models.yaml:2: model 'm' needs {missing}; "
        "install with pip install 'pytest-llmbench[huggingface]'"
    )


def test_quantizing_needs_more(install: Any) -> None:
    install("torch", "transformers", "accelerate")

    check(model(quantization="none"))
    with pytest.raises(ConfigError) as caught:
        check(model(quantization="4bit"))

    assert str(caught.value) == (
        "models.yaml:2: quantization: 4bit of model 'm' needs bitsandbytes; "
        "pip install bitsandbytes accelerate, or leave it out"
    )


def test_a_folder_must_be_there(install: Any, tmp_path: Path) -> None:
    install("torch", "transformers")

    check(model(folder=str(tmp_path)))
    with pytest.raises(ConfigError, match=r"models\.yaml:2: repo of model 'm': there is no folder"):
        check(model(folder=str(tmp_path / "absent")))


def test_no_library_is_imported_to_check_a_usual_model(install: Any) -> None:
    install("torch", "transformers")

    check(model(device="auto"))

    assert "torch" not in sys.modules


def test_a_device_must_be_there() -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `huggingface`")
    absent = f"cuda:{torch.cuda.device_count()}"

    check(model(device="cpu"))
    with pytest.raises(ConfigError) as caught:
        check(model(device=absent))

    assert str(caught.value) == (
        f"models.yaml:2: device: {absent} of model 'm': PyTorch finds "
        f"{torch.cuda.device_count()} CUDA devices here; use `device: auto` or leave it out"
    )
