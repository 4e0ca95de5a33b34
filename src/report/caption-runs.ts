/** Items that follow each other under one caption. */
export function captionRuns(
  captions: readonly string[],
  count: number,
): { readonly caption: string; readonly items: readonly number[] }[] {
  const found: { caption: string; items: number[] }[] = [];
  for (let i = 0; i < count; i++) {
    const caption = captions[i] ?? "";
    const last = found.at(-1);
    if (last?.caption === caption) last.items.push(i);
    else found.push({ caption, items: [i] });
  }
  return found;
}
