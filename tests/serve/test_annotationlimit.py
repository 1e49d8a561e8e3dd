from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.serve.annotationlimit import selected, text_codes


@given(st.lists(st.sampled_from("NNNNNVAQ+"), max_size=300), st.integers(1, 100))
def test_as_many_as_asked_for_are_kept_in_order(texts: list[str], limit: int) -> None:
    names, codes = text_codes(texts)
    assert [names[code] for code in codes] == texts
    kept = selected(codes, limit)
    assert len(kept) == min(limit, len(texts))
    assert (np.diff(kept) > 0).all()


def test_a_rare_text_is_kept_whole_and_the_rest_evenly() -> None:
    texts = ["N"] * 10_000
    for at in (17, 5000, 9001):
        texts[at] = "pause"
    names, codes = text_codes(texts)
    kept = selected(codes, 103)
    assert [names[codes[k]] for k in kept].count("pause") == 3
    beats = kept[codes[kept] == names.index("N")]
    assert len(beats) == 100
    assert np.diff(beats).max() <= 102


def test_where_all_texts_differ_none_is_preferred() -> None:
    _, codes = text_codes(f"note {k}" for k in range(1000))
    assert selected(codes, 10).tolist() == np.linspace(0, 999, 10).round().tolist()
