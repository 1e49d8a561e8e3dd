"""A report as HTML: one file without scripts, with its pictures as SVG; it prints on A4."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from vital_widgets.report.sheet import NONE, shown, shown_spread
from vital_widgets.report.style import to_svg

if TYPE_CHECKING:
    from vital_widgets.report.sheet import Row, Sheet, Value

# What a printed page has room for: mm for the table, further measures and notes; of a row of the
# table, of a further measure (three are side by side), and of a line of notes of so many letters.
PAGE_MM, ROW_MM, MORE_MM, LINE_MM, PER_LINE = 180.0, 3.8, 1.3, 3.1, 110


def html_page(sheet: Sheet) -> str:
    """Return a whole page."""
    title = escape(sheet.title)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_PAGE}</style>\n</head>\n<body>\n"
        f"{html_fragment(sheet)}\n</body>\n</html>\n"
    )


def html_fragment(sheet: Sheet) -> str:
    """Return the report as a part of a page, such as the output of a cell."""
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in sheet.facts)
    main = "".join(f"<div>{_large(value)}</div>" for value in sheet.main)
    made = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in sheet.made)
    what = f"<p>{escape(sheet.subtitle)}</p>" if sheet.subtitle else ""
    foot = f'<p class="foot">{escape(sheet.foot)}</p>'
    more = ""
    if sheet.more:
        values = "".join(
            f"<div><dt>{escape(one.label)}</dt>"
            f"<dd>{_data(one.value)} {escape(one.known_units)}</dd></div>"
            for one in sheet.more
        )
        more = f'<h2>{escape(sheet.more_title)}</h2><dl class="more">{values}</dl>'
    return (
        f'<article class="vw-report"><style>{_CSS}</style>'
        f"<section><header><h1>{escape(sheet.title)}</h1>{what}</header>"
        f'<dl class="facts">{facts}</dl><div class="main">{main}</div>{_pictures(sheet)}{foot}'
        f"</section><section><h2>Measures under each convention</h2>{_table(sheet)}{more}"
        f'<h2>Notes</h2><ul class="notes">{_notes(sheet)}</ul>'
        f'<h2>How it was made</h2><dl class="facts made">{made}</dl>{foot}</section></article>'
    )


def _pictures(sheet: Sheet) -> str:
    rows = []
    for k, row in enumerate(sheet.pictures):
        whole = sum(picture.width for picture in row)
        figures = "".join(
            f'<figure style="flex:{picture.width:g} 1 {99 * picture.width / whole:.4g}%">'
            f"<figcaption>{escape(picture.title)}</figcaption>"
            f'<div role="img" aria-label="{escape(picture.described, quote=True)}">'
            f"{to_svg(picture, f'vw{k}{j}')}</div></figure>"
            for j, picture in enumerate(row)
        )
        rows.append(f'<div class="row">{figures}</div>')
    return "".join(rows)


def _notes(sheet: Sheet) -> str:
    """Return the notes; on paper only as many as the page has room for."""
    room = PAGE_MM - ROW_MM * len(sheet.rows) - MORE_MM * len(sheet.more)
    items = []
    for k, note in enumerate(sheet.notes):
        room -= LINE_MM * -(-len(note) // PER_LINE)
        on_paper = room > 0 or (room > -LINE_MM and k == len(sheet.notes) - 1)
        items.append(f"<li{'' if on_paper else ' class=screen'}>{escape(note)}</li>")
    left = sum("class=screen" in item for item in items)
    if left:
        items.append(f"<li class=paper>{left} more: see the attribute notes of the report</li>")
    return "".join(items) or "<li>none</li>"


def _large(value: Value) -> str:
    units = f" <small>{escape(value.units)}</small>" if value.known_units else ""
    return f"<span>{escape(value.label)}</span><b>{_data(value.value)}{units}</b>"


def _data(value: float) -> str:
    """Return a number as it is shown, and in full precision for programs."""
    text = shown(value)
    return text if text == NONE else f'<data value="{value!r}">{text}</data>'


def _table(sheet: Sheet) -> str:
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in sheet.columns)
    rows = "".join(map(_row, sheet.rows))
    notes = "".join(f"<p>{escape(note)}</p>" for note in sheet.table_notes)
    return (
        f'<table><thead><tr><th scope="col">measure</th><th scope="col">units</th>{heads}'
        f'<th scope="col">spread</th></tr></thead><tbody>{rows}</tbody></table>'
        f'<div class="legend">{notes}</div>'
    )


def _row(row: Row) -> str:
    cells = "".join(
        f"<td{' class=far' if k == row.furthest else ''}>"
        f"{_data(value)}{'*' if k in row.unitless and value == value else ''}</td>"  # noqa: PLR0124
        for k, value in enumerate(row.values)
    )
    spread = f'<data value="{row.spread!r}">{shown_spread(row.spread)}</data>'
    label, units = escape(row.label), escape(row.units)
    return f'<tr><th scope="row">{label}</th><td>{units}</td>{cells}<td>{spread}</td></tr>'


_PAGE = """
@page{size:A4;margin:11mm 15mm}
body{margin:0;background:#e9ebee}
@media print{body{background:none}}
""".replace("\n", "")
_CSS = """
.vw-report{color:#16191d;font:9pt/1.35 "DejaVu Sans",Verdana,"Segoe UI",system-ui,sans-serif;
-webkit-print-color-adjust:exact;print-color-adjust:exact}
.vw-report section{background:#fff;box-sizing:border-box;max-width:210mm;margin:0 auto 6mm;
padding:12mm 15mm;overflow-x:auto}
.vw-report h1{font-size:16pt;font-weight:700;
line-height:1.2;margin:0 0 1mm;color:#16191d;overflow-wrap:anywhere}
.vw-report header p{margin:0 0 2.5mm;color:#4b5460}
.vw-report h2{font-size:9.5pt;font-weight:700;margin:3.5mm 0 1mm;color:#16191d}
.vw-report dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:0 4mm;margin:0;
font-size:8pt}
.vw-report dl.facts dt{color:#4b5460;font-weight:400;margin:0;padding:0;float:none;width:auto}
.vw-report dd{margin:0;padding:0;overflow-wrap:anywhere}
.vw-report dl.made{font-size:6.5pt;line-height:1.25}
.vw-report .main{display:flex;flex-wrap:wrap;gap:0;margin:3mm 0;border-top:.3mm solid #16191d;
border-bottom:.3mm solid #16191d}
.vw-report .main div{flex:1 0 auto;padding:1.2mm 3mm 1.2mm 0}
.vw-report .main span{display:block;font-size:7pt;color:#4b5460}
.vw-report .main b{font-size:10.5pt;white-space:nowrap;font-variant-numeric:tabular-nums}
.vw-report .main small{font-size:6pt;font-weight:400}
.vw-report .row{display:flex;flex-wrap:wrap;gap:0}
.vw-report figure{margin:0 0 1.5mm;min-width:min(100%,62mm)}
.vw-report figcaption{font-size:7.5pt;font-weight:600}
.vw-report svg{display:block;width:100%;height:auto;overflow:visible;
stroke-linejoin:round;stroke-linecap:butt}
.vw-report table{border-collapse:collapse;width:100%;font-size:7pt;line-height:1.25;margin:0;
font-variant-numeric:tabular-nums;color:#16191d}
.vw-report table tr{background:none!important}
.vw-report table th,.vw-report table td{padding:.32mm 1mm;text-align:right;white-space:nowrap;
border:0;border-bottom:.1mm solid #d5d9df;font-weight:400;color:#16191d}
.vw-report thead th{color:#4b5460!important;border-bottom:.3mm solid #16191d!important}
.vw-report table th:first-child,.vw-report table th:nth-child(2),.vw-report td:nth-child(2){
text-align:left}
.vw-report td.far{font-weight:700}
.vw-report .legend p{margin:.6mm 0 0;font-size:6.5pt;color:#4b5460}
.vw-report dl.more{display:grid;grid-template-columns:repeat(auto-fill,minmax(52mm,1fr));gap:0 6mm;
font-size:7.5pt;margin:0}
.vw-report dl.more div{display:flex;justify-content:space-between;
border-bottom:.1mm solid #d5d9df}
.vw-report dl.more dt{margin:0;padding:0;float:none;width:auto;font-weight:400}
.vw-report .notes{margin:0;padding-left:4mm;font-size:6.8pt;line-height:1.25}
.vw-report dl.more dd{white-space:nowrap}.vw-report .paper{display:none}
@media (max-width:600px){.vw-report section{padding:5mm 4mm}}
.vw-report .foot{margin:3mm 0 0;font-size:6.5pt;color:#4b5460}
@media print{.vw-report .screen{display:none}.vw-report .paper{display:list-item}
.vw-report section{margin:0;padding:0;max-width:none;overflow:visible}
.vw-report section+section{break-before:page}.vw-report tr,.vw-report figure{break-inside:avoid}}
""".replace("\n", "")
