"""`import svta` stays light, and every public name is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.smoke

HEAVY = ("torch", "transformers", "diffusers", "av", "sklearn", "openai", "matplotlib", "PIL")


def test_import_loads_nothing_heavy(tmp_path):
    code = f"import svta, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_public_names_are_there_and_documented():
    import svta

    for name in svta.__all__:
        assert getattr(svta, name) is not None
    assert issubclass(svta.SvtaError, Exception)
    assert svta.open_dataset.__doc__
    assert svta.frames.__doc__


def test_unknown_name_is_an_attribute_error():
    import svta

    with pytest.raises(AttributeError, match="nonsense"):
        svta.nonsense  # noqa: B018
