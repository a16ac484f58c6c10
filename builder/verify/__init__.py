"""Whether a dataset is whole and says the truth. In: a folder or Hub repo; out: a list of findings."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .finding import Finding
    from .folder import Verification, verify

__all__ = ["Finding", "Verification", "verify"]

__getattr__ = lazy_names(__name__, Finding=".finding", Verification=".folder", verify=".folder")
