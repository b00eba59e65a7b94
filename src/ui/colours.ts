/**
 * The present theme's colours of design tokens, for what is painted on a canvas. A custom property
 * keeps its `light-dark()` unresolved, so each is put through a real property of a probe element,
 * which computes it to `rgb()`.
 * @param tokens names of custom properties, with their dashes.
 */
export function readColours(
  root: HTMLElement,
  tokens: readonly string[],
): Readonly<Record<string, string>> {
  const probe = root.ownerDocument.createElement('span');
  probe.hidden = true;
  root.append(probe);
  try {
    const style = getComputedStyle(probe);
    const colours: Record<string, string> = {};
    for (const token of tokens) {
      probe.style.color = `var(${token})`;
      colours[token] = style.color;
    }
    return colours;
  } finally {
    probe.remove();
  }
}
