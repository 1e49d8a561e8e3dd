"""A short run of `make fuzz`, always the same, and that the fuzzer sees what it looks for."""

from __future__ import annotations

import pytest

from fuzz.pool import run_cases
from fuzz.report import by_mechanism, table
from fuzz.traps import CHECKS
from fuzz.worker import READERS

CASES = 300


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("reader", READERS)
def test_mutated_files_are_read_right_or_refused_in_words(reader):
    outcomes = run_cases([(reader, number) for number in range(CASES)], None, workers=1)
    assert len(outcomes) == CASES
    assert not by_mechanism(outcomes), by_mechanism(outcomes)
    opened = sum(outcome.state == "opened" for outcome in outcomes)
    assert CASES / 4 < opened < CASES  # neither everything is refused nor nothing damaged


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_fuzzer_sees_each_kind_of_fault_and_goes_on_behind_it():
    jobs = [("traps", 2 * number) for number in range(len(CHECKS))]
    outcomes = run_cases(jobs, None, workers=1, seconds=5.0)
    found = [[fault.kind for fault in outcome.faults] for outcome in outcomes]
    assert found == [[kind] for kind in CHECKS]
    assert "SIGABRT" in outcomes[list(CHECKS).index("abort")].faults[0].mechanism
    assert table(outcomes).count("\n") == 2
    assert by_mechanism(outcomes).count("make fuzz READER=traps CASE=") == len(CHECKS)
