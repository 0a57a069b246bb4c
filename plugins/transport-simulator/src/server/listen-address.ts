export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/**
 * Reads `127.0.0.1:9180`, `[::1]:9180`, `:9180` or `9180`; without a host it is the loopback one.
 * @returns nothing when it is none of these
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*)):)?(\d{1,5})$/.exec(text.trim())
  if (!match) return undefined
  const port = Number(match[3])
  if (port > 65_535) return undefined
  return { host: match[1] || match[2] || '127.0.0.1', port }
}

/** Only programs of this machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
