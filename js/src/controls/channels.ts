/** The panel of channels. */
import type { Feature, ViewHost } from "../plot/feature.ts";
import { ChannelPanel } from "./channelpanel.ts";
import { sidePanel } from "./sidepanel.ts";

const LIST = "M1 2.5h3v2H1zM6 2.5h9v2H6zM1 7h3v2H1zM6 7h9v2H6zM1 11.5h3v2H1zM6 11.5h9v2H6z";

export const channels = (host: ViewHost): Feature =>
  sidePanel(host, {
    group: "lanes",
    label: "Channels (L)",
    icon: LIST,
    key: "L",
    topic: "channels",
    text: "channels: show, hide, order, colours, heights",
    after: ["lanes"],
    make: (close) => new ChannelPanel(host, close),
  });
