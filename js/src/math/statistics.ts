/** The statistics of a selection as texts. */
import { grouped } from "./grouped.ts";
import type { Shown } from "./units.ts";

export const COLUMNS = ["min", "max", "mean", "rms", "sd", "slope"] as const;
type Column = (typeof COLUMNS)[number];

export interface StatisticsRow extends Record<Column, number | null> {
  n: number;
  missing: number;
}

/** A row of the table: the name of the lane, the statistics, the units, and the samples. */
export function cellsOf(name: string, row: StatisticsRow, { units, factor }: Shown): string[] {
  const values = COLUMNS.map((column) => {
    const value = row[column];
    return value === null ? null : value * factor;
  });
  const [min, max] = values;
  const spread = min != null && max != null ? max - min : 0;
  const texts = values.map((value, k) => {
    if (value === null) return "–";
    // A slope has its own size.
    return COLUMNS[k] === "slope" ? significant(value, 3) : decimal(value, spread);
  });
  return [name, ...texts, units, countText(row)];
}

/** The same with all digits, for a spreadsheet. */
export function tableText(
  rows: readonly { name: string; units: string; row: StatisticsRow }[],
): string {
  const head = ["channel", "units", "n", "missing", ...COLUMNS];
  const lines = rows.map(({ name, units, row }) =>
    [name, units, row.n, row.missing, ...COLUMNS.map((column) => row[column] ?? "")].join("\t"),
  );
  return [head.join("\t"), ...lines, ""].join("\n");
}

/** With the decimals that a spread of this size needs: about a thousandth of it. */
function decimal(value: number, spread: number): string {
  const size = Math.max(Math.abs(value), spread);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return significant(value, 4);
  const unit = spread > 0 ? spread : size;
  const digits = unit > 0 ? Math.max(0, Math.min(6, Math.ceil(3 - Math.log10(unit)))) : 0;
  return minus(value.toFixed(digits));
}

export function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return minus(text.includes("e") ? text : String(Number(text)));
}

export function minus(text: string): string {
  return (Number(text) === 0 ? text.replace("-", "") : text).replaceAll("-", "−");
}

/** The number of samples, with those that have no value. */
function countText({ n, missing }: StatisticsRow): string {
  return missing > 0 ? `${grouped(n)} (${grouped(missing)} missing)` : grouped(n);
}
