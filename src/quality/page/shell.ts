import { type Html, html, trusted } from './html.js';
import { style } from './style.js';

/** Parts of a page between its head and its foot. */
interface Shell {
  readonly title: string;
  readonly header: Html;
  readonly main: Html;
  readonly footer: Html;
}

/** Returns a whole page with its style; it loads and runs nothing. */
export function pageOf({ title, header, main, footer }: Shell): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the findings</a>
<header class="top wrap">${header}</header>
<main id="main" class="wrap">
${main}
</main>
<footer class="wrap"><p>${footer}</p></footer>
</body>
</html>
`;
  return markup;
}
