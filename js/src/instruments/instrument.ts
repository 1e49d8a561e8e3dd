/** What every instrument is made of: a part of the page that shows what the kernel says of itself. */

/** Asks the kernel to do something; what comes of it is in the next state. */
export type Act = (action: string, argument?: string | number) => void;

/** What the kernel says; each instrument knows its own. */
// biome-ignore lint/suspicious/noExplicitAny: the kernel and its instrument have one version
export type Seen = any;

/** Shows a state. Elements stay the same from state to state, so that buttons keep the focus. */
export type Show = (seen: Seen) => void;

/** Makes an instrument in an element. */
export type Instrument = (root: HTMLElement, act: Act) => Show;

/** Sets the text of an element, if it is another one. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Fills the body of a table with rows of texts, the first cell of each as its heading. */
export function fillRows(body: HTMLElement, rows: readonly (readonly string[])[]): void {
  while (body.children.length > rows.length) body.lastElementChild?.remove();
  rows.forEach((row, k) => {
    let line = body.children[k];
    if (line === undefined) {
      line = document.createElement("tr");
      line.setAttribute("role", "row");
      body.append(line);
    }
    row.forEach((text, column) => {
      let cell = line.children[column];
      if (cell === undefined) {
        cell = document.createElement(column === 0 ? "th" : "td");
        cell.setAttribute("role", column === 0 ? "rowheader" : "cell");
        line.append(cell);
      }
      setText(cell, text);
    });
  });
}

/** Makes a table with titles of columns; returns its body.
 *
 * Roles are given, because a narrow table is laid out as a grid, which takes them away.
 */
export function addTable(parent: HTMLElement, label: string, titles: readonly string[]) {
  const scroll = document.createElement("div");
  scroll.className = "vital-instrument-scroll";
  const table = document.createElement("table");
  table.className = "vital-instrument-table";
  table.setAttribute("aria-label", label);
  table.setAttribute("role", "table");
  table.style.setProperty("--vital-columns", String(titles.length - 1));
  const heads = table.createTHead();
  heads.setAttribute("role", "rowgroup");
  const head = heads.insertRow();
  head.setAttribute("role", "row");
  for (const title of titles) {
    const cell = document.createElement("th");
    cell.setAttribute("role", "columnheader");
    cell.textContent = title;
    head.append(cell);
  }
  const body = table.createTBody();
  body.setAttribute("role", "rowgroup");
  scroll.append(table);
  parent.append(scroll);
  return body;
}

/** Makes a button. */
export function addButton(parent: HTMLElement, text: string, act: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "vital-instrument-button";
  button.textContent = text;
  button.addEventListener("click", act);
  parent.append(button);
  return button;
}
