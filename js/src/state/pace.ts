/** The length of the window where it is fixed: by a paper speed, or as a page of some seconds. */

export class Pace {
  /** In mm/s; null if the window is free. */
  paperSpeed: number | null = null;
  /** Length of a page in s; null if the window is free. */
  page: number | null = null;
  /** Width of the lanes in CSS pixels; 0 until they are drawn. */
  width = 0;

  /** Length of the window in s; null if it is free. */
  span(pxPerMm: number): number | null {
    if (this.page !== null) return this.page;
    if (this.paperSpeed === null || this.width < 2) return null;
    return this.width / pxPerMm / this.paperSpeed;
  }

  get free(): boolean {
    return this.page === null && this.paperSpeed === null;
  }

  release(): void {
    this.page = null;
    this.paperSpeed = null;
  }
}
