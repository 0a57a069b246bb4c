import { readFile } from 'node:fs/promises'
import type { PageSettings } from '../options.ts'

const folder = new URL('../page/', import.meta.url)

/** The document; it brings its settings along, and `<` in them cannot end the element. */
export function pageDocument(settings: PageSettings): string {
  const json = JSON.stringify(settings).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>WhatsApp</title><link rel="icon" href="data:,"></head>
<body>
<div id="app">A double of WhatsApp Web</div>
<script id="settings" type="application/json">${json}</script>
<script type="module" src="/page/main.js"></script>
</body>
</html>`
}

/** @returns nothing for what is no file of the page */
export async function pageFile(path: string): Promise<string | undefined> {
  const [, name] = /^\/page\/([\w-]+\.js)$/.exec(path) ?? []
  return name === undefined ? undefined : readFile(new URL(name, folder), 'utf8').catch(() => undefined)
}
