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
