/** What has been done before in this browser. */

/** Names of this page, where the browser keeps nothing. */
const done = new Set<string>();

/** Whether this is the first call with a name in this browser. */
export function once(name: string): boolean {
  if (done.has(name)) return false;
  done.add(name);
  try {
    if (localStorage.getItem(name) !== null) return false;
    localStorage.setItem(name, "1");
  } catch {
    // A page may be denied any storage: then it is once per page.
  }
  return true;
}
