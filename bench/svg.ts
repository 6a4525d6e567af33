// Writes simple SVG pictures: line charts, and text, lines and rectangles for any other drawing. This file does not know what a picture shows.

export interface LineChart {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

const COLORS = ['#0f766e', '#b45309', '#6d28d9', '#be123c', '#334155'];
const FONT = 'font-family="system-ui, sans-serif"';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** SVG text at a point; `anchor` is start, middle or end. */
export const text = (x: number, y: number, words: string, size = 12, anchor = 'start', color = '#1f2937'): string =>
  `<text x="${fix(x)}" y="${fix(y)}" font-size="${size}" text-anchor="${anchor}" fill="${color}" ${FONT}>${escaped(words)}</text>`;

export const line = (x1: number, y1: number, x2: number, y2: number, color = '#cbd5e1', dash = ''): string =>
  `<line x1="${fix(x1)}" y1="${fix(y1)}" x2="${fix(x2)}" y2="${fix(y2)}" stroke="${color}"${dash && ` stroke-dasharray="${dash}"`}/>`;

export const rect = (x: number, y: number, width: number, height: number, color: string): string =>
  `<rect x="${fix(x)}" y="${fix(y)}" width="${fix(width)}" height="${fix(Math.max(0, height))}" fill="${color}"/>`;

export const color = (at: number): string => COLORS[at % COLORS.length] ?? '#334155';

/** A picture with a white background, so that it can be read on a dark page too. */
export const svg = (width: number, height: number, parts: readonly string[], title: string): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    rect(0, 0, width, height, '#ffffff'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');

const fix = (value: number): string => String(Number(value.toFixed(1)));

export function lineChart({ title, xName, yName, lines }: LineChart): string {
  const [left, top, right, bottom] = [70, 50, 570, 300];
  const points = lines.flatMap((one) => one.points);
  const xMost = Math.max(...points.map(([x]) => x), 1);
  const yMost = Math.max(...points.map(([, y]) => y), 1e-9);
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    left + (x / xMost) * (right - left),
    bottom - (y / yMost) * (bottom - top),
  ];
  const parts = [text(left, 28, title, 15), text(right, bottom + 34, xName, 12, 'end'), text(left, 44, yName, 11)];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const y = bottom - share * (bottom - top);
    const x = left + share * (right - left);
    parts.push(
      line(left, y, right, y),
      text(left - 8, y + 4, String(Number((yMost * share).toPrecision(3))), 11, 'end'),
    );
    parts.push(text(x, bottom + 18, String(Math.round(xMost * share)), 11, 'middle'));
  }
  for (const [index, one] of lines.entries()) {
    const path = one.points.map((point) => at(point).map(fix).join(',')).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${color(index)}" stroke-width="2"/>`);
    for (const point of one.points) {
      const [x, y] = at(point);
      parts.push(`<circle cx="${fix(x)}" cy="${fix(y)}" r="3.5" fill="${color(index)}"/>`);
    }
    parts.push(
      rect(left + 14, top + 4 + index * 18, 12, 3, color(index)),
      text(left + 32, top + 10 + index * 18, one.name),
    );
  }
  return svg(600, 350, parts, title);
}
