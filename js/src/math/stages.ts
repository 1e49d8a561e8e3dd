/** Sleep stages from the texts of annotations. */

/** From the top of a hypnogram to its bottom. */
export const STAGES = ["W", "R", "N1", "N2", "N3"] as const;
export type Stage = (typeof STAGES)[number];

/** Rechtschaffen and Kales divided N3 into stages 3 and 4. */
const WORDS = new Map<string, Stage>([
  ["w", "W"],
  ["wake", "W"],
  ["awake", "W"],
  ["0", "W"],
  ["r", "R"],
  ["rem", "R"],
  ["1", "N1"],
  ["2", "N2"],
  ["3", "N3"],
  ["4", "N3"],
]);
/** The word stage, then a stage: its letters and its digit. */
const TEXT = /^((?:sleep)?[\s_-]*(?:stage)?)[\s_:-]*(s|n|nrem)?(\d|[a-z]+)$/;

/**
 * The stage that a text such as `Sleep stage N2`, `Stage 2`, `SLEEP-S2`, `NREM2`, `N2`, `REM` or
 * `Wake` names; null for others. W, R, S2 and 2 need the word sleep or stage.
 */
export function stageOf(text: string): Stage | null {
  const [, named, letters, word = ""] = TEXT.exec(text.trim().toLowerCase()) ?? [];
  const digit = /\d/.test(word);
  if (letters && !digit) return null;
  const alone = letters === "n" || letters === "nrem" || (!digit && word.length > 1);
  return named || alone ? (WORDS.get(word) ?? null) : null;
}

/** The stage that a text names among all texts of its layer: W and R are stages beside N1 to N3. */
export function stageAmong(text: string, layer: Iterable<string>): Stage | null {
  const stage = stageOf(text);
  const alone = text.trim().toUpperCase();
  if (stage !== null || (alone !== "W" && alone !== "R")) return stage;
  for (const other of layer) {
    if (/^n[1-3]$/i.test(other.trim())) return alone;
  }
  return null;
}
