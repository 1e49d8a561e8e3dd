/** The name of the channel of a mark, and whether the page lacks it. */
export const channelText = ({ name, absent }: { name: string; absent?: boolean }): string =>
  absent ? `${name} (channel not in this page)` : name;
