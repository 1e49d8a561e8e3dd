// Bundles the front end into the Python package: one ES module a widget, one style sheet beside it.
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "src");
const target = path.join(here, "..", "src", "vital_widgets", "static");

/** Output name -> entry point. */
const modules = {
  viewer: "widget.ts",
  progress: "progress.ts",
  loader: "loader.ts",
};

const scripts = Object.fromEntries(
  Object.entries(modules)
    .map(([name, file]) => [name, path.join(source, file)])
    .filter(([, file]) => existsSync(file)),
);
if (Object.keys(scripts).length === 0) {
  console.error(
    `js/build.mjs: no entry point in ${source}; expected at least one of ` +
      `${Object.values(modules).join(", ")}`,
  );
  process.exit(1);
}
const sheets = existsSync(source)
  ? (await readdir(source))
      .filter((file) => file.endsWith(".css"))
      .map((file) => path.join(source, file))
  : [];

const common = {
  bundle: true,
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  outdir: target,
};

const built = [await build({ ...common, entryPoints: scripts, format: "esm", target: "es2022" })];
if (sheets.length > 0) {
  built.push(await build({ ...common, entryPoints: sheets }));
}

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
