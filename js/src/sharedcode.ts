/** Code that one model of the notebook contains for all others, and that runs once per page. */
import type { AnyModel } from "@anywidget/types";
import { freeClosedComms } from "./closedcomms.ts";

/** anywidget fails if a model is not initialized after 2 s; do not wait longer than this (ms). */
export const PATIENCE = 1200;

/** Finds the model that a trait refers to. */
export async function found(model: AnyModel, trait: string): Promise<AnyModel> {
  for (let attempt = 0; ; attempt++) {
    try {
      const holder = await model.widget_manager.get_model(`${model.get(trait)}`.slice(10));
      freeClosedComms(holder);
      return holder;
    } catch (error) {
      // When a notebook is opened, its models are created one after another.
      if (attempt > 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Runs the text of a module and returns what it exports. */
export async function run<T>(code: string): Promise<T> {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return await import(/* @vite-ignore */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Identifies the sources of a build, see build.mjs. */
declare const BUILD: string | undefined;
const made = globalThis as { vitalLoaders?: Map<string, unknown> };

/**
 * Returns what the first module of this page gave under a name, if it was of the same build.
 *
 * The text of each widget is a module of its own, which a page never frees: functions that only the
 * first one calls are compiled and kept only once.
 */
export function firstOfPage<T>(name: string, value: T): T {
  const key = `${name} ${typeof BUILD === "undefined" ? "" : BUILD}`;
  made.vitalLoaders ??= new Map();
  if (!made.vitalLoaders.has(key)) made.vitalLoaders.set(key, value);
  return made.vitalLoaders.get(key) as T;
}
