import { isAbsolute, resolve } from 'node:path'
import type { LogLevel } from '../define-config.ts'
import { nearestOf } from '../nearest.ts'
import type { PlacedProblem } from '../problem.ts'
import type { DotEnv } from './dotenv.ts'

/** Where a value came from, in words: `--port`, `WAQTOR_PORT`, `WAQTOR_PORT in .env`, `waqtor.config.ts`, `default`. */
export type OptionSource = string

/** A value with its source. `T` includes undefined where there may be none. */
export interface Option<T> {
  readonly value: T
  readonly source: OptionSource
}

/** The host's own options. */
export interface Options {
  readonly data: Option<string>
  readonly logLevel: Option<LogLevel>
  /** Of the HTTP server, when a flag or the environment says so; the http plugin's own options count otherwise. */
  readonly host: Option<string | undefined>
  readonly port: Option<number | undefined>
  readonly apiKey: Option<string | undefined>
  /** Proxies in front of the HTTP server, separated by commas, when the environment names any. */
  readonly trustedProxies: Option<string | undefined>
  readonly simulatorNetwork: Option<string | undefined>
  /** Of the live channels, when the environment says so; the realtime plugin's own options count otherwise. */
  readonly wsPort: Option<number | undefined>
  readonly wsPingInterval: Option<number | undefined>
  readonly wsPingTimeout: Option<number | undefined>
  readonly wsMaxBufferSize: Option<number | undefined>
  /** The page of another host that may use this one. */
  readonly dashboardUrl: Option<string | undefined>
}

export interface OptionsInput {
  /** By name without dashes; camel case does not occur. */
  readonly flags: Readonly<Record<string, string | undefined>>
  /** The environment before `.env` was put into it. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly dotEnv: DotEnv | undefined
  /** What the config file says, if there is one. */
  readonly config: { readonly data?: string; readonly logLevel?: LogLevel } | undefined
  readonly configName: string
  readonly directories: {
    /** Where the person stands: what a flag names is relative to it. */
    readonly user: string
    /** Of the process: what the environment and the defaults name is relative to it. */
    readonly working: string
    readonly config: string
  }
  readonly defaultLogLevel?: LogLevel
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Every variable that WaQtor itself reads. */
export const environmentNames = [
  'WAQTOR_HOST',
  'WAQTOR_PORT',
  'WAQTOR_DATA',
  'WAQTOR_API_KEY',
  'WAQTOR_TRUSTED_PROXIES',
  'WAQTOR_CONFIG',
  'WAQTOR_LOG_LEVEL',
  'WAQTOR_SIMULATOR_NETWORK',
  'WS_PORT',
  'WS_PING_INTERVAL',
  'WS_PING_TIMEOUT',
  'WS_MAX_BUFFER_SIZE',
  'DASHBOARD_URL',
] as const

/** Puts the options together: flags, then environment, then `.env`, then config, then defaults. Pure; finds every problem. */
export function readOptions(input: OptionsInput): { readonly options: Options; readonly problems: PlacedProblem[] } {
  const { config, configName, directories } = input
  const problems: PlacedProblem[] = [...(input.dotEnv?.problems ?? [])]

  const given = (name: Given['name'], flag?: string): Given | undefined => {
    const text = flag === undefined ? undefined : input.flags[flag]
    if (text !== undefined) return { name, text, source: `--${flag}`, place: { source: 'command line' } }
    const outer = input.env[name]
    if (outer) return { name, text: outer, source: name, place: { source: 'environment' } }
    const inner = input.dotEnv?.values.get(name)
    if (!inner) return undefined
    const line = input.dotEnv?.lines.get(name)
    return {
      name,
      text: inner,
      source: `${name} in .env`,
      place: { source: '.env', ...(line && { position: { line, column: 1 } }) },
    }
  }
  const wrong = ({ name, source, place }: Given, message: string, fix = 'Correct it.') =>
    problems.push({
      code: 'WAQ_OPTION_INVALID',
      plugin: 'host',
      message: `${source.startsWith('--') ? source : name}: ${message}`,
      fix,
      ...place,
    })

  const data = given('WAQTOR_DATA', 'data')
  const logLevel = given('WAQTOR_LOG_LEVEL', 'log-level')
  const port = given('WAQTOR_PORT', 'port')
  const host = given('WAQTOR_HOST', 'host')
  const apiKey = given('WAQTOR_API_KEY')
  const trustedProxies = given('WAQTOR_TRUSTED_PROXIES')
  const network = given('WAQTOR_SIMULATOR_NETWORK')
  const wsPort = given('WS_PORT')
  const amounts = (['WS_PING_INTERVAL', 'WS_PING_TIMEOUT', 'WS_MAX_BUFFER_SIZE'] as const).map((name) => given(name))
  const dashboardUrl = given('DASHBOARD_URL')

  for (const it of [port, wsPort]) {
    if (it && !isPort(it.text)) wrong(it, `expected a whole number from 0 to 65535, got '${it.text}'`)
  }
  for (const it of amounts) {
    if (it && !/^[1-9]\d{0,8}$/.test(it.text))
      wrong(it, `expected a whole number from 1 to 999999999, got '${it.text}'`)
  }
  if (host && !/^[\w.:%-]+$/.test(host.text)) wrong(host, `expected a host name or an address, got '${host.text}'`)
  if (logLevel && !isLevel(logLevel.text)) {
    const nearest = nearestOf(logLevel.text, levels)
    wrong(
      logLevel,
      `expected ${levels.join(' | ')}, got '${logLevel.text}'`,
      nearest ? `Did you mean '${nearest}'?` : undefined,
    )
  }
  if (apiKey && apiKey.text.length < 32)
    wrong(
      apiKey,
      `expected 32 characters or more, got ${apiKey.text.length}`,
      'Take a longer key: openssl rand -hex 32',
    )
  if (trustedProxies && !trustedProxies.text.split(',').every((it) => isNetwork(it.trim())))
    wrong(
      trustedProxies,
      `expected addresses, networks such as 10.1.0.0/16, loopback or private, separated by commas, got '${trustedProxies.text}'`,
    )
  if (network && !isHttpUrl(network.text))
    wrong(network, `expected an address such as http://127.0.0.1:9180, got '${network.text}'`)
  if (dashboardUrl && !isHttpUrl(dashboardUrl.text))
    wrong(dashboardUrl, `expected an address such as https://dash.example.org, got '${dashboardUrl.text}'`)

  const none = { value: undefined, source: 'default' }
  const text = (it: Given | undefined) => (it ? { value: it.text, source: it.source } : none)
  const number = (it: Given | undefined) => (it ? { value: Number(it.text), source: it.source } : none)
  return {
    problems,
    options: {
      data: data
        ? {
            value: absolute(data.source.startsWith('--') ? directories.user : directories.working, data.text),
            source: data.source,
          }
        : config?.data
          ? { value: absolute(directories.config, config.data), source: configName }
          : { value: absolute(directories.working, 'data'), source: 'default' },
      logLevel:
        logLevel && isLevel(logLevel.text)
          ? { value: logLevel.text, source: logLevel.source }
          : config?.logLevel
            ? { value: config.logLevel, source: configName }
            : { value: input.defaultLogLevel ?? 'info', source: 'default' },
      host: text(host),
      port: number(port),
      apiKey: text(apiKey),
      simulatorNetwork: text(network),
      wsPort: number(wsPort),
      wsPingInterval: number(amounts[0]),
      wsPingTimeout: number(amounts[1]),
      wsMaxBufferSize: number(amounts[2]),
      trustedProxies: text(trustedProxies),
      dashboardUrl: text(dashboardUrl),
    },
  }
}

interface Given {
  readonly name: (typeof environmentNames)[number]
  readonly text: string
  readonly source: OptionSource
  readonly place: Pick<PlacedProblem, 'source' | 'position'>
}

/** Variables that look like ours and are none, each with the nearest that is: a typing mistake must not pass in silence. */
export function strangeVariables(names: readonly string[]): { readonly name: string; readonly nearest: string }[] {
  const known = environmentNames.filter((it) => it.startsWith('WAQTOR_')) as readonly string[]
  return names
    .filter((it) => it.startsWith('WAQTOR_') && !known.includes(it))
    .flatMap((name) => {
      const nearest = nearestOf(
        name.slice(7),
        known.map((it) => it.slice(7)),
      )
      return nearest ? [{ name, nearest: `WAQTOR_${nearest}` }] : []
    })
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

/** Near enough to tell the place of a mistake: the http plugin reads it in full. */
function isNetwork(text: string): boolean {
  return /^(loopback|private|[\da-f.:]+(\/\d{1,3})?)$/i.test(text)
}

function isLevel(text: string): text is LogLevel {
  return (levels as readonly string[]).includes(text)
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'http:' || url?.protocol === 'https:'
}

function absolute(base: string, path: string): string {
  return isAbsolute(path) ? path : resolve(base, path)
}

/** What the http plugin listens on when nothing says otherwise. */
export const hostDefaults = { host: '127.0.0.1', port: 8080 } as const
