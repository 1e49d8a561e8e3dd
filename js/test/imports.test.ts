/// <reference types="vite/client" />
/** Which part of the front end may import which, and how members are made private. */
import { describe, expect, it } from "vitest";

const sources: Record<string, string> = import.meta.glob("../src/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});
const files = Object.entries(sources).map(([path, text]) => ({
  path: path.replace("../src/", ""),
  text,
}));

/** For each folder, what its files may import besides files of the same folder. */
const ALLOWED: Record<string, string[]> = {
  math: [],
  page: ["math/"],
  data: ["math/"],
  state: ["math/", "data/types.ts"],
  gestures: ["math/", "state/"],
  figures: ["math/"],
  instruments: ["math/", "page/"],
  embedded: ["math/", "data/", "state/", "plot/session.ts"],
  plot: ["math/", "page/", "gestures/", "data/types.ts", "state/"],
  controls: ["math/", "page/", "data/types.ts", "gestures/", "state/", "plot/"],
};

/** The files that a file imports, types included, as paths from `src`. */
function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, relative]) =>
    new URL(relative as string, `file:///${path}`).pathname.slice(1),
  );
}

describe("imports", () => {
  it.each(Object.keys(ALLOWED))("files in %s/ import only what they may", (folder) => {
    const inside = files.filter(({ path }) => path.startsWith(`${folder}/`));
    expect(inside.length).toBeGreaterThan(0);
    const allowed = [`${folder}/`, ...(ALLOWED[folder] as string[])];
    const wrong = inside.flatMap((file) =>
      importsOf(file)
        .filter((one) => !allowed.some((start) => one.startsWith(start)))
        .map((one) => `${file.path} imports ${one}`),
    );
    expect(wrong).toEqual([]);
  });

  it("form no circle", () => {
    const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: string[]): void => {
      if (way.includes(path)) circles.push([...way, path].join(" > "));
      else if (!done.has(path)) {
        for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
        done.add(path);
      }
    };
    for (const path of imports.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  it("math/ uses neither the page nor a canvas", () => {
    const page =
      /\b(document|window)\.\w|\bHTML\w*Element\b|\bCanvasRenderingContext2D\b|\bgetComputedStyle\b/;
    const wrong = files.filter(({ path, text }) => path.startsWith("math/") && page.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

it("private members are written with #", () => {
  const keyword = /^\s+(private|protected)\b|[(,]\s*(private|protected) |\bthis\._/m;
  expect(files.filter(({ text }) => keyword.test(text)).map(({ path }) => path)).toEqual([]);
});
