/** The frame every section shares: heading and words beside the content. */

import { html, type Fragment, type Html } from "./html.ts";

export function section(id: string, title: Fragment, words: Fragment, content: Fragment): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <div class="words">
      <h2 id="${id}-title">${title}</h2>
      ${words}
    </div>
    <div class="content">${content}</div>
  </section>`;
}

export function note(words: Fragment): Html {
  return html`<p class="note">${words}</p>`;
}

/** A plot or picture with its heading above it. */
export function figure(caption: Fragment, picture: Fragment, kind = ""): Html {
  return html`<figure class="${kind}">
    <figcaption>${caption}</figcaption>
    ${picture}
  </figure>`;
}
