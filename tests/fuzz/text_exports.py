"""Tables as programs and devices export them, with known content."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fuzz.text_table import BLANKS, EPOCH, Table

if TYPE_CHECKING:
    from collections.abc import Callable

N = 150
START = datetime(2024, 3, 4, 22, 10, 5, 250_000, tzinfo=UTC)
UNIX = START.timestamp()


def exports() -> list[Table]:
    """Return a table of each kind that is known by its head or its names."""
    labs = (
        *(_labchart(timed=True), _labchart(timed=False, decimal=","), _labchart_clock()),
        *(_acqknowledge(timed=True), _acqknowledge(timed=False), _siemens(), _opensignals()),
        *(_bids(), _bids(zipped=True)),
    )
    worn = (
        *(_empatica("ACC", 3), _empatica("BVP", 1), _embrace(), _actigraph(), _actigraph_counts()),
        *(_polar_sensor(), _polar_flow(), _openbci(4), _openbci(5), _muse(), _shimmer(), _fit()),
        _geneactiv(),
    )
    return [*labs, *worn]


def _wave(k: int) -> str:
    return f"{math.sin(k / 9):.5f}"


def _at(k: int, fs: float) -> datetime:
    return START + timedelta(seconds=k / fs)


def _table(
    before: list[str],
    row: Callable[[int], list[str]],
    separator: str,
    names: dict[str, int],
    **more: Any,
) -> Table:
    rows: list[list[str] | str] = [row(k) for k in range(N)]
    return Table(before, rows, separator, values=list(names.values()), names=names, **more)


def _labchart_head(interval: str) -> list[str]:
    days = (START.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)
    return [
        f"Interval=\t{interval} s",
        f"ExcelDateTime=\t{days:.16e}\t{START:%m/%d/%y %H:%M:%S.%f}",
        "TimeFormat=\tStartOfBlock",
        "DateFormat=",
        "ChannelTitle=\tTrigger\tCO2",
        "Range=\t2.000 V\t50.0 mmHg",
        "UnitName=\t*\tmmHg",
    ]


def _labchart(*, timed: bool, decimal: str = ".") -> Table:
    def row(k: int) -> list[str]:
        time = [f"{k / 500:.3f}"] if timed else []
        return [cell.replace(".", decimal) for cell in [*time, _wave(k), str(k)]]

    return _table(
        _labchart_head(f"0{decimal}002"),
        row,
        "\t",
        {"Trigger": int(timed), "CO2": 1 + timed},
        seconds=(lambda row: float(row[0].replace(",", "."))) if timed else None,
        fs=500.0,
        zero=START,
        decimal=decimal,
        end="\r\n",
    )


def _labchart_clock() -> Table:
    return _table(
        _labchart_head("0.002"),
        lambda k: [f"{_at(k, 500):%m/%d/%Y}", f"{_at(k, 500):%H:%M:%S.%f}", _wave(k), str(k)],
        "\t",
        {"Trigger": 2, "CO2": 3},
        seconds=lambda row: _moment(f"{row[0]} {row[1]}", "%m/%d/%Y %H:%M:%S.%f"),
        fs=500.0,
        zero=EPOCH,
        end="\r\n",
    )


def _moment(text: str, form: str) -> float:
    return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()


def _acqknowledge(*, timed: bool) -> Table:
    head = ["x.acq", "0.5 msec/sample", "2 channels", "ECG - ECG100C", "mV", "RSP, DA100C", "Volts"]
    head.append("sec\tCH1\tCH2\t" if timed else "CH1\tCH2\t")
    head += [f"\t{N}\t{N}\t"] if timed else []
    return _table(
        head,
        lambda k: [*([f"{k / 2000:.5f}"] if timed else []), _wave(k), str(k), ""],
        "\t",
        {"ECG - ECG100C": int(timed), "RSP, DA100C": 1 + timed},
        seconds=(lambda row: float(row[0])) if timed else None,
        fs=2000.0,
    )


def _siemens() -> Table:
    head = [
        "UUID        = 1",
        "LogDataType = PULS",
        "SampleTime  = 2",
        "ACQ_TIME_TICS  CHANNEL  VALUE",
    ]
    return _table(
        head,
        lambda k: [str(20_000_000 + 2 * k), "PULS", str(2048 + k)],
        BLANKS,
        {"PULS": 2},
        seconds=lambda row: float(row[0]) / 400,
        fs=200.0,
    )


def _opensignals() -> Table:
    told = {
        "00:07:80": {
            "sampling rate": 100,
            "column": ["nSeq", "A1"],
            "date": "2024-3-4",
            "time": "22:10:5.250",
        }
    }
    head = ["# OpenSignals Text File Format", f"# {json.dumps(told)}", "# EndOfHeader"]
    return _table(
        head,
        lambda k: [str(k), str(500 + k), ""],
        "\t",
        {"A1": 1},
        seconds=lambda row: float(row[0]) / 100,
        fs=100.0,
        zero=START,
    )


def _bids(*, zipped: bool = False) -> Table:
    told = {"SamplingFrequency": 50, "StartTime": 0, "Columns": ["cardiac", "respiratory"]}
    return _table(
        [],
        lambda k: [_wave(k), str(k)],
        "\t",
        {"cardiac": 0, "respiratory": 1},
        fs=50.0,
        file="sub-01_physio.tsv" + ".gz" * zipped,
        beside={"sub-01_physio.json": json.dumps(told)},
        zipped=zipped,
    )


def _empatica(kind: str, n: int) -> Table:
    cells = {"ACC": lambda k: str(k % 128 - 64), "BVP": _wave}[kind]
    names = ["ACC X", "ACC Y", "ACC Z"] if kind == "ACC" else [kind]
    return _table(
        [", ".join([f"{UNIX:.6f}"] * n), ", ".join(["32.000000"] * n)],
        lambda k: [cells(k + j) for j in range(n)],
        ",",
        {name: j for j, name in enumerate(names)},
        fs=32.0,
        zero=START,
        file=f"{kind}.csv",
    )


def _embrace() -> Table:
    return _table(
        ["timestamp_unix,timestamp_iso,participant_full_id,eda_scl_usiemens,missing_value_reason"],
        lambda k: [
            f"{(UNIX + 60 * k) * 1000:.0f}",
            f"{_at(k, 1 / 60):%Y-%m-%dT%H:%M:%SZ}",
            "1-1-3YK",
            f"{0.1 + k / 1000:.3f}",
            "",
        ],
        ",",
        {"eda_scl_usiemens": 3},
        seconds=lambda row: float(row[0]) / 1000,
        fs=1 / 60,
        zero=EPOCH,
    )


def _actigraph_head(rate: str, epoch: str) -> list[str]:
    return [
        (
            "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 date "
            f"format M/d/yyyy{rate} Filter Normal -----------"
        ),
        "Serial Number: CLE2B20130001",
        f"Start Time {START:%H:%M:%S}",
        f"Start Date {START.month}/{START.day}/{START.year}",
        f"Epoch Period (hh:mm:ss) {epoch}",
        "Current Battery Voltage: 4.21     Mode = 12",
        "-" * 50,
    ]


def _actigraph() -> Table:
    names = {f"Accelerometer {axis}": k + 1 for k, axis in enumerate("XYZ")}
    return _table(
        [*_actigraph_head(" at 30 Hz ", "00:00:00"), ",".join(["Timestamp", *names])],
        lambda k: [f"{_at(k, 30):%m/%d/%Y %H:%M:%S.%f}", f"{k / 1000}", _wave(k), "0.981"],
        ",",
        names,
        seconds=lambda row: _moment(row[0], "%m/%d/%Y %H:%M:%S.%f"),
        fs=30.0,
        zero=EPOCH,
    )


def _actigraph_counts() -> Table:
    names = {name: k for k, name in enumerate(("Axis1", "Axis2", "Axis3", "Steps"))}
    return _table(
        [*_actigraph_head("", "00:01:00"), ",".join(names)],
        lambda k: [str(k % 50), str(k % 7), str(k % 9), str(k % 3)],
        ",",
        names,
        fs=1 / 60,
        zero=START.replace(microsecond=0),
    )


def _polar_sensor() -> Table:
    phone = [_at(k // 73 * 73, 130).replace(tzinfo=None) for k in range(N)]
    return _table(
        ["Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV] "],
        lambda k: [
            phone[k].isoformat(timespec="milliseconds"),
            str(599_616_050_941_733_632 + round(k * 1e9 / 130)),
            f"{k * 1000 / 130:.3f}",
            str(k - 40),
        ],
        ";",
        {"ecg": 3},
        seconds=lambda row: (int(row[1]) - 599_616_050_941_733_632) / 1e9,
        fs=130.0,
        zero=START,
    )


def _polar_flow() -> Table:
    return _table(
        [
            "Name,Sport,Date,Start time,Duration",
            f'"Smith, Bob",RUNNING,{START:%d-%m-%Y},{START:%H:%M:%S},00:05:00',
            "Sample rate,Time,HR (bpm),Altitude (m)",
        ],
        lambda k: ["" if k else "1", f"00:{k // 60:02d}:{k % 60:02d}", str(100 + k % 40), "20"],
        ",",
        {"HR": 2, "Altitude": 3},
        seconds=lambda row: int(row[1][3:5]) * 60.0 + int(row[1][6:]),
        fs=1.0,
        zero=START.replace(microsecond=0),
    )


def _openbci(version: int) -> Table:
    names = [f"EXG Channel {k}" for k in range(2)] + [f"Accel Channel {k}" for k in range(3)]
    head = ["%OpenBCI Raw EXG Data", "%Number of channels = 2", "%Sample Rate = 200 Hz"]
    titles = ["Sample Index", *names]
    if version > 4:
        head.append(", ".join([*titles, "Timestamp", "Timestamp (Formatted)"]))

    def row(k: int) -> list[str]:
        stamp = f"{_at(k, 200):%H:%M:%S}.{_at(k, 200).microsecond // 1000:03d}"
        cells = [str(k % 256), _wave(k), str(1000 + k), "0.1", "0.2", "0.9"]
        if version > 4:
            return [*cells, f"{UNIX + k / 200:.6f}", f"{_at(k, 200):%Y-%m-%d} {stamp}"]
        return [*cells, stamp, f"{(UNIX + k / 200) * 1000:.0f}"]

    column, scale = (6, 1) if version > 4 else (7, 1000)
    return _table(
        head,
        row,
        ",",
        {name: k for k, name in enumerate(titles)},
        seconds=lambda row: float(row[column]) / scale,
        fs=200.0,
        zero=EPOCH,
    )


def _muse() -> Table:
    names = ["Delta_TP9", "RAW_TP9", "Accelerometer_X", "HeadBandOn", "Battery", "Elements"]
    return _table(
        [",".join(["TimeStamp", *names])],
        lambda k: [
            f"{_at(k, 250):%Y-%m-%d %H:%M:%S.%f}"[:-3],
            *("0.5", str(800 + k), "0.1", "1.0", "85.0", ""),
        ],
        ",",
        {name: k + 1 for k, name in enumerate(names)},
        seconds=lambda row: _moment(row[0], "%Y-%m-%d %H:%M:%S.%f"),
        fs=250.0,
        zero=EPOCH,
    )


def _shimmer() -> Table:
    names = ["Timestamp_Unix_CAL", "ECG_LL-RA_24BIT_CAL", "GSR_Range_CAL"]
    return _table(
        [
            '"sep=;"',
            "".join(f"Shimmer_40AC_{name};" for name in names),
            "ms;mV;no_units;",
        ],
        lambda k: [repr(UNIX * 1000 + k * 1000 / 512), _wave(k), "2.0", ""],
        ";",
        {f"Shimmer_40AC_{name}": k for k, name in enumerate(names) if k},
        seconds=lambda row: float(row[0]) / 1000,
        fs=512.0,
        zero=EPOCH,
    )


def _fit() -> Table:
    begin = round((START - datetime(1989, 12, 31, tzinfo=UTC)).total_seconds())
    return _table(
        ["record.timestamp[s],record.heart_rate[bpm],record.distance[m]"],
        lambda k: [str(begin + k), str(100 + k % 30), f"{k * 2.5}"],
        ",",
        {"record.heart_rate": 1, "record.distance": 2},
        seconds=lambda row: float(row[0]),
        fs=1.0,
        zero=datetime(1989, 12, 31, tzinfo=UTC),
    )


def _geneactiv() -> Table:
    names = ("x", "y", "z", "light", "button", "temperature")
    head = ["Device Type,GENEActiv", "Device Model,1.1", "Measurement Frequency,100 Hz"]
    return _table(
        head + [""] * 20,
        lambda k: [
            f"{_at(k, 100):%Y-%m-%d %H:%M:%S}:{_at(k, 100).microsecond // 1000:03d}",
            *(_wave(k), "0.1", "0.9", str(k % 9), "0", "22.5"),
        ],
        ",",
        {name: k + 1 for k, name in enumerate(names)},
        seconds=lambda row: _moment(row[0], "%Y-%m-%d %H:%M:%S:%f"),
        fs=100.0,
        zero=EPOCH,
    )
