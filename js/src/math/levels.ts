/** Values that have names, such as sleep stages. */

interface Named {
  levels?: Readonly<Record<string, number>>;
}

export function hasLevels({ levels }: Named): boolean {
  return levels !== undefined && Object.keys(levels).length > 0;
}

/** The name of a value; undefined if it has none. */
export function levelName({ levels = {} }: Named, value: number): string | undefined {
  return Object.keys(levels).find((name) => levels[name] === value);
}
