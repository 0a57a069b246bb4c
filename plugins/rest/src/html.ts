/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | undefined | false | readonly Part[]

/** Builds HTML from a template; everything put into it is escaped, unless it was built the same way. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(parts[index - 1]) + string))
}

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return String(part).replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)
}

/** Prose as authors write it, with `code` between backticks. */
export function prose(text: string): Html {
  const parts = text.split(/`([^`]+)`/).map((it, index) => (index % 2 === 1 ? html`<code>${it}</code>` : html`${it}`))
  return html`${parts}`
}
