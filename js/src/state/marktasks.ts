/** Tasks of marking: what their keys mean. `TASKS` of the kernel has the same names. */

export interface MarkKind {
  /** A capital letter, a digit or a sign. */
  key: string;
  text: string;
  /** It lasts, also where other marks of the task are moments: a drag makes one. */
  lasting?: true;
}

export interface MarkTask {
  name: string;
  title: string;
  kinds: readonly MarkKind[];
  /** A key scores a whole epoch, then the next one is current. */
  epochs: boolean;
  /** Marks are moments: a click makes one. Else a drag makes one with a duration. */
  moments: boolean;
  /** New marks belong to all channels, unless one is chosen. */
  everywhere: boolean;
}

const kinds = (...pairs: [key: string, text: string][]): MarkKind[] =>
  pairs.map(([key, text]) => ({ key, text }));

const BEATS: MarkTask = {
  name: "beats",
  title: "beats",
  // The codes of PhysioBank.
  kinds: [
    ...kinds(["N", "N"], ["V", "V"], ["S", "S"], ["F", "F"], ["Q", "Q"], ["A", "A"], ["/", "/"]),
    { key: "X", text: "noise", lasting: true },
  ],
  epochs: false,
  moments: true,
  everywhere: true,
};

const SLEEP: MarkTask = {
  name: "sleep",
  title: "sleep stages",
  kinds: kinds(["W", "W"], ["1", "N1"], ["2", "N2"], ["3", "N3"], ["R", "R"]),
  epochs: true,
  moments: false,
  everywhere: true,
};

const ARTEFACTS: MarkTask = {
  name: "artefacts",
  title: "artefacts",
  kinds: kinds(["1", "artefact"], ["2", "movement"], ["3", "electrode"], ["4", "noise"]),
  epochs: false,
  moments: false,
  everywhere: false,
};

const OWN = { name: "own", title: "own keys", epochs: false, moments: false, everywhere: false };

/** Whether marks of a kind are moments in a task. */
export function momentary(task: MarkTask | null, text: string): boolean {
  if (!task?.moments) return false;
  return !task.kinds.some((kind) => kind.lasting && kind.text === text);
}

/** All tasks; the keys of the last one are chosen by the user. */
export function tasksOf(hotkeys: Readonly<Record<string, string>>): MarkTask[] {
  const own = Object.entries(hotkeys).map(([key, text]) => ({ key: key.toUpperCase(), text }));
  return [BEATS, SLEEP, ARTEFACTS, { ...OWN, kinds: own }];
}

/** Length of an epoch when sleep is scored and none is set (s). */
export const SLEEP_EPOCH = 30;
