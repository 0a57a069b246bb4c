/** What a new directory is made with. */
export interface Wishes {
  readonly port: number
  /** ISO 3166, two letters. */
  readonly country: string | undefined
  readonly key: boolean
}

const plugins = [
  ['sqlite', 'storage-sqlite', 'Everything is kept in SQLite files of the data directory.'],
  ['settings', 'settings', 'Small documents that may be edited by hand.'],
  ['events', 'events', 'What happened, in order, for ever.'],
  ['backup', 'backup', 'Copies of all that: `waqtor backup`, `waqtor restore`.'],
  ['instances', 'instances', 'WhatsApp accounts and their sessions.'],
  ['simulator', 'transport-simulator', 'A virtual WhatsApp network, to try everything without a phone.'],
  ['messages', 'messages', 'Sending and receiving.'],
  ['templates', 'templates', 'Reusable messages with variables.'],
  ['files', 'files', 'What is handed in and what is made to be fetched.'],
  ['contacts', 'contacts', 'The people you write to, and who wants to hear no more.'],
  ['campaigns', 'campaigns', 'Bulk sending.'],
  ['notifications', 'notifications', 'What people should know of all that.'],
  ['auth', 'auth', 'Users, who sign in, and API keys.'],
  ['audit', 'audit', 'Who did what, in a record that shows when somebody changes it.'],
  ['http', 'http', 'The server.'],
  ['rest', 'rest', 'The REST API, derived from the commands.'],
  ['signIn', 'sign-in', 'Signing in by browser, with a cookie.'],
  ['realtime', 'realtime', 'Live channels over socket.io.'],
  ['webhooks', 'webhooks', 'Events delivered to your other systems.'],
  ['system', 'system', 'How the host is: GET /ready, GET /metrics.'],
] as const

/** The packages that the config imports. */
export function packagesOf(_wishes: Wishes): string[] {
  return ['@waqtor/host', ...plugins.map(([, name]) => `@waqtor/plugin-${name}`)]
}

/** The text of `waqtor.config.ts`. */
export function configTemplate({ country }: Wishes): string {
  const options: Readonly<Record<string, string>> = {
    simulator: '{ network: process.env.WAQTOR_SIMULATOR_NETWORK, autoPair: true }',
    ...(country && { messages: `{ defaultCountry: '${country}' }` }),
  }
  return `import { defineConfig } from '@waqtor/host'
${plugins
  .map(([local, name]) => `import ${local} from '@waqtor/plugin-${name}'`)
  .sort((a, b) => (a.slice(a.indexOf("'")) < b.slice(b.indexOf("'")) ? -1 : 1))
  .join('\n')}

export default defineConfig({
  plugins: [
${plugins.map(([local, , why]) => `    // ${why}\n    ${local}(${options[local] ?? ''}),`).join('\n')}
  ],
})
`
}

/** The text of `.env`. */
export function environmentTemplate({ port, key }: Wishes, secret: string): string {
  return `# Read by waqtor; what is set outside wins. Keep this file to yourself.
${port === 8080 ? '# ' : ''}WAQTOR_PORT=${port}
# WAQTOR_HOST=127.0.0.1
# WAQTOR_DATA=./data
# WAQTOR_LOG_LEVEL=info

# An administrator's key, taken over at the first start.
${key ? '' : '# '}WAQTOR_API_KEY=${key ? secret : ''}
`
}
