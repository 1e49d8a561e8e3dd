/** A view as one picture: what its canvases show, without controls. */

/** Draws the canvases of a view, and the frame of its overview, into one. */
export function snapshot(body: HTMLElement, background: string): HTMLCanvasElement {
  const dpr = window.devicePixelRatio || 1;
  const picture = document.createElement("canvas");
  picture.width = Math.max(1, Math.round(body.clientWidth * dpr));
  picture.height = Math.max(1, Math.round(body.clientHeight * dpr));
  const g = picture.getContext("2d");
  if (!g) return picture;
  g.fillStyle = background;
  g.fillRect(0, 0, picture.width, picture.height);
  for (const canvas of body.querySelectorAll<HTMLCanvasElement>("canvas.vv-canvas")) {
    if (canvas.style.display === "none") continue;
    const { left, top } = canvas.style;
    g.drawImage(canvas, Number.parseFloat(left) * dpr, Number.parseFloat(top) * dpr);
  }
  const frame = body.querySelector<HTMLElement>(".vv-window");
  if (frame && frame.style.display !== "none") {
    const { borderTopColor } = getComputedStyle(frame);
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = frame;
    g.scale(dpr, dpr);
    g.strokeStyle = borderTopColor;
    g.lineWidth = 1.5;
    g.strokeRect(offsetLeft + 0.75, offsetTop + 0.75, offsetWidth - 1.5, offsetHeight - 1.5);
  }
  return picture;
}

export function pngOf(picture: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, failed) => {
    picture.toBlob((blob) => {
      if (blob) done(blob);
      else failed(new Error("the browser cannot make a PNG of this size"));
    }, "image/png");
  });
}
