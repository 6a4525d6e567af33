// The layout of the service's own small pages, for a phone: style, content security policy, tables that become cards on a narrow screen. A page
// loads nothing from another host; the template escapes every value.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';

const STYLE = `:root{color-scheme:light dark;--good:#0a6b36;--warn:#7a5200;--bad:#a3152a;--line:#8886;--soft:#565a64;--bar:#2f3a8f;--ground:#fff;--card:#f6f5f1}
@media(prefers-color-scheme:dark){:root{--good:#74d99f;--warn:#f1c40f;--bad:#ff9aa5;--soft:#a9afba;--bar:#aab4ff;--ground:#14161a;--card:#1e2127}}
*{box-sizing:border-box}body{font:16px/1.45 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;margin:0 auto;max-width:60rem;padding:1rem;background:var(--ground);overflow-wrap:anywhere}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.75rem 0 .5rem}h3{font-size:1rem;margin:1.25rem 0 .25rem}p{margin:.5rem 0}figure{margin:0}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td{font-variant-numeric:tabular-nums}th{font-weight:600;color:var(--soft)}
.good{color:var(--good);font-weight:600}.warn{color:var(--warn);font-weight:600}.bad{color:var(--bad);font-weight:600}.soft{color:var(--soft)}
.card{border:1px solid var(--line);border-radius:.75rem;background:var(--card);padding:.75rem 1rem;margin:.5rem 0}.card.bad{border-left:4px solid var(--bad);font-weight:400;color:inherit}
svg{width:100%;max-width:40rem;height:auto;overflow:visible}svg text{fill:currentColor;font-size:13px}svg .rail{stroke:var(--line)}svg .bar{fill:var(--bar)}svg .late{fill:var(--warn)}svg .aged{fill:var(--bad)}svg .mark{stroke:currentColor;stroke-dasharray:4 3}
a{color:var(--bar)}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem;font-size:.875rem}code{font-size:.9em}
summary{cursor:pointer;padding:.6rem 0;min-height:2.75rem}details{border-bottom:1px solid var(--line)}nav ul{padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:0 1rem}nav a{display:inline-block;padding:.6rem 0}
button{font:inherit;min-height:2.75rem;padding:.5rem 1rem}
@media(max-width:40rem){svg text{font-size:18px}tr.heads{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}tr{display:block;border:1px solid var(--line);border-radius:.75rem;background:var(--card);padding:.5rem .75rem;margin:.5rem 0}
td{display:block;border:0;padding:.15rem 0}td::before{content:attr(data-head) ": ";color:var(--soft)}}`;

/** The hash of a script's or style's text, as a source in a content security policy. */
export const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The content security policy of our small pages: only our own style applies, by its hash, and nothing may run or load. */
export const PAGE_POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A piece of a page's HTML, already escaped. */
export type Markup = ReturnType<typeof html>;

interface PageOptions {
  /** A script that is placed at the page's end unchanged; its hash belongs in the page's content security policy. */
  readonly script?: string;
}

/** A whole HTML document with our style. */
export const documentOf = (title: string, body: Markup, { script }: PageOptions = {}): Markup =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head><body><main>${body}</main>${
    script === undefined ? '' : html`<script>${raw(script)}</script>`
  }</body></html>`;

/** A table of `rows`, or a sentence if there are no rows. On a phone each row of the table becomes a card with lines that name their column. */
export const table = (heads: readonly string[], rows: readonly (readonly unknown[])[]): Markup =>
  rows.length === 0
    ? html`<p>None.</p>`
    : html`<table><tr class="heads">${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>${rows.map(
        (row) => html`<tr>${row.map((cell, at) => html`<td data-head="${heads[at] ?? ''}">${cell}</td>`)}</tr>`,
      )}</table>`;
