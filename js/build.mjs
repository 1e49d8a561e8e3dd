// Bundles the front end into the Python package: two ES modules, a script and a style sheet.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "src");
const target = path.join(here, "..", "src", "vital_widgets", "static");

/**
 * `main` is the whole front end; `loader` is what each widget carries instead of it, `plotloader`
 * what each figure carries instead of Plotly.
 */
const modules = ["main", "loader", "plotloader"];

/** Scripts that are no modules, for pages without a kernel: shared ones, saved cells and figures. */
const pages = ["page", "saved", "timeaxes"].map((name) => path.join(source, `${name}.ts`));

const scripts = modules.map((name) => path.join(source, `${name}.ts`));
const missing = [...scripts, ...pages].filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`js/build.mjs: no entry point ${missing.join(", ")}`);
  process.exit(1);
}
const sheets = (await readdir(source)).filter((file) => file.endsWith(".css")).sort();

/** The same for the same sources: modules of one page share what is of one build. */
const digest = createHash("sha256");
for (const file of (await readdir(source, { recursive: true })).sort()) {
  if (file.endsWith(".ts")) digest.update(await readFile(path.join(source, file)));
}

const common = {
  bundle: true,
  define: { BUILD: JSON.stringify(digest.digest("hex").slice(0, 16)) },
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};
const built = [
  await build({
    ...common,
    entryPoints: scripts,
    outdir: target,
    format: "esm",
    target: "es2022",
  }),
  await build({
    ...common,
    entryPoints: pages,
    outdir: target,
    format: "iife",
    target: "es2022",
  }),
  await build({
    ...common,
    stdin: {
      contents: sheets.map((file) => `@import "./${file}";`).join("\n"),
      loader: "css",
      resolveDir: source,
    },
    outfile: path.join(target, "main.css"),
  }),
];

const outputs = built
  .flatMap(({ metafile }) => Object.keys(metafile.outputs))
  .map((file) => path.basename(file));
for (const file of (await readdir(target)).sort()) {
  if (!outputs.includes(file)) {
    await rm(path.join(target, file), { recursive: true });
    continue;
  }
  const content = await readFile(path.join(target, file));
  console.log(`${file}: ${content.length} bytes, ${gzipSync(content).length} gzipped`);
}
