/** The text of a page's bytes, in elements of which the browser may still be reading the last one. */

export class PageText {
  readonly #root: Element;
  /** Elements that were read, and the place after the last character of each. */
  readonly #parts: { element: Element; end: number }[] = [];

  constructor(root: Element) {
    this.#root = root;
  }

  /** The characters `[from, to)`, when they were read; fewer if the page has no more. */
  async slice(from: number, to: number): Promise<string> {
    while (!this.#find(to)) await this.#more();
    let text = "";
    let start = 0;
    for (const { element, end } of this.#parts) {
      if (start >= to) break;
      if (end > from) {
        text += (element.textContent ?? "").slice(Math.max(0, from - start), to - start);
      }
      start = end;
    }
    return text;
  }

  /** Whether all before character `to`, or the whole page, was read. */
  #find(to: number): boolean {
    const whole = this.#root.ownerDocument.readyState !== "loading";
    const elements = [...this.#root.querySelectorAll(".vital-bytes")];
    for (const element of elements.slice(this.#parts.length)) {
      const end = this.#parts.at(-1)?.end ?? 0;
      if (end >= to || !(whole || element.nextSibling)) break;
      this.#parts.push({ element, end: end + (element.textContent ?? "").length });
    }
    return whole || (this.#parts.at(-1)?.end ?? 0) >= to;
  }

  /** Ends when the browser has read more of the page. */
  #more(): Promise<void> {
    const { ownerDocument } = this.#root;
    return new Promise((done) => {
      const read = (): void => {
        observer.disconnect();
        ownerDocument.removeEventListener("DOMContentLoaded", read);
        done();
      };
      const observer = new MutationObserver(read);
      observer.observe(this.#root, { childList: true });
      ownerDocument.addEventListener("DOMContentLoaded", read);
    });
  }
}
