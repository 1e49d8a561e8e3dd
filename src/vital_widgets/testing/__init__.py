"""For tests: the contract of all readers, and small files with known content.

Third-party readers subclass `ReaderContract`; pytest collects its tests. Importing this package
does not import pytest.
"""

from __future__ import annotations

from vital_widgets.simulate.edf_files import EdfSignal, make_big_edf, tal, write_edf
from vital_widgets.testing.reader_contract import Expected, ReaderContract

__all__ = ["EdfSignal", "Expected", "ReaderContract", "make_big_edf", "tal", "write_edf"]
