/** What the loader of figures uses of Plotly's own front end. */

/** What Plotly's front end uses of the model of a figure. */
export interface Source {
  // biome-ignore lint/suspicious/noExplicitAny: traits as they are
  get(name: string): any;
  set(name: string, value: unknown): void;
  on(event: string, handle: () => void): void;
  save_changes(): void;
}
export interface FigureModel extends Source {
  initialize(): void;
}
export interface FigureView {
  perform_render(): void;
  autosizeFigure(): void;
  remove(): void;
  /** Tells the kernel the values that Plotly chose for what the traces leave open. */
  _sendTraceDeltas(edit: unknown): void;
  /** Tells the kernel the values that Plotly chose for what the layout leaves open. */
  _sendLayoutDelta(edit: unknown): void;
  /** Changes the layout as the present message of the kernel says. */
  do_relayout(): void;
}
/** What the bundle of Plotly exports. */
export interface Plotly {
  FigureModel: new (model: Source, serializers: unknown) => FigureModel;
  FigureView: new (model: Source, el: HTMLElement) => FigureView;
  default: () => { initialize(props: { model: Source }): void };
}
