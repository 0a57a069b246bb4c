/** What a person sees of a host that came up: where to go, and what to do next. */
export interface WelcomeFacts {
  readonly version: string
  readonly startMs: number
  /** Undefined when nothing listens. */
  readonly address: string | undefined
  readonly data: string
  readonly config: string
  readonly watching: boolean
  /** What plugins have for the person at the console. */
  readonly notices: readonly { readonly label: string; readonly text: string }[]
  /** How this person calls the command line. */
  readonly waqtor: string
  /** The config has the command that makes keys. */
  readonly hasKeys: boolean
  /** The config has the REST door. */
  readonly hasRest: boolean
  /** The route that sends a text, if there is one. */
  readonly sendPath: string | undefined
  /** Added to every command, when the data directory is not the usual one. */
  readonly dataFlag: string
}

/** The lines. Pure. */
export function welcomeLines(facts: WelcomeFacts): string[] {
  const { address, waqtor, dataFlag } = facts
  const rows: (readonly [string, string] | false)[] = [
    address !== undefined && facts.hasRest && ['API', `${address}/api/v2`],
    address !== undefined && facts.hasRest && ['Reference', `${address}/api/v2/reference`],
    address !== undefined && ['Health', `${address}/health`],
    ['Data', facts.data],
    ['Config', `${facts.config}${facts.watching ? ' (changes are taken over)' : ''}`],
    ...facts.notices.map(({ label, text }) => [label, text] as const),
    facts.hasKeys && ['Next', `${waqtor} keys create --name first${dataFlag}`],
  ]
  const lines = [
    `WaQtor ${facts.version} is ready (${Math.round(facts.startMs)} ms)`,
    ...rows.flatMap((it) => (it ? [row(...it)] : [])),
  ]
  if (address !== undefined && facts.hasRest && facts.sendPath !== undefined) {
    lines.push(
      '',
      '  The first message, with the key from there:',
      `  curl -s ${address}/api/v2${facts.sendPath} -H 'X-API-Key: <key>' -H 'Content-Type: application/json' \\`,
      `    -d '{ "chatId": "+20 100 123 4567", "text": "Hello from WaQtor" }'`,
    )
  }
  return [...lines, '']
}

/** A line for something that a plugin has for the person at the console. */
export function noticeLine({ label, text }: WelcomeFacts['notices'][number]): string {
  return row(label, text)
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(11)} ${text}`
}
