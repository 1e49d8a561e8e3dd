/** A number with commas between thousands. `toLocaleString` takes tens of milliseconds at first. */
export function grouped(value: number): string {
  const [whole = "", rest] = String(value).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? text : `${text}.${rest}`;
}
