import type { PluginEntry } from '@waqtor/kernel'
import { exitCodes } from '../../exit-codes.ts'
import { hostDefaults, type Options } from '../../options/options.ts'
import { jsonPath } from '../../problem.ts'
import { isSecretName, MASK } from '../../secrets.ts'
import { UsageError } from '../arguments.ts'
import { defineBuiltIn } from '../built-in.ts'
import type { Cli } from '../cli.ts'
import type { Prepared } from '../prepare.ts'
import { tableLines } from '../table.ts'

export const config = defineBuiltIn({
  name: 'config',
  args: { action: { type: 'positional', description: 'print', default: 'print' } },
  async run({ args, cli }) {
    if (args.action !== 'print')
      throw new UsageError(`there is only 'config print', not 'config ${args.action}'`, 'config')
    const prepared = await cli.prepare()
    print(cli, prepared)
    if (prepared.problems.length === 0) return exitCodes.ok
    await cli.prepareWhole().catch((error: unknown) => cli.out.error(error))
    return exitCodes.config
  },
})

interface Row {
  readonly option: string
  readonly value: unknown
  readonly source: string
}

function print({ out }: Cli, prepared: Prepared): void {
  const host = hostRows(prepared)
  const plugins = (prepared.config?.entries ?? []).map((it) => ({ name: it.spec.name, rows: pluginRows(it, prepared) }))
  if (out.json) {
    const facts = (rows: readonly Row[]) => rows.map((it) => ({ ...it, value: it.value ?? null }))
    const plain = plugins.map(({ name, rows }) => ({ plugin: name, options: facts(rows) }))
    out.print(JSON.stringify({ config: prepared.config?.file ?? null, options: facts(host), plugins: plain }))
    return
  }
  out.print('host')
  for (const line of lines(host)) out.print(line)
  for (const { name, rows } of plugins) {
    out.print('')
    out.print(name)
    for (const line of rows.length > 0 ? lines(rows) : ['  no options']) out.print(line)
  }
}

function lines(rows: readonly Row[]): string[] {
  return tableLines(rows.map(({ option, value, source }) => [option, shown(value), source]))
}

function hostRows({ options, config }: Prepared): Row[] {
  const { data, logLevel, host, port, apiKey, simulatorNetwork, dashboardUrl } = options
  const http = config?.entries.find((it) => it.spec.name === 'http')
  const ofServer = (option: 'host' | 'port', given: { readonly value: unknown; readonly source: string }): Row => {
    if (given.value !== undefined) return { option, ...given }
    const own = http && optionRows(http, config?.name ?? 'config').find((it) => it.option === option)
    return own ?? { option, value: hostDefaults[option], source: 'default' }
  }
  return [
    { option: 'config', value: config?.file, source: config ? 'found' : 'not found' },
    { option: 'data', ...data },
    { option: 'logLevel', ...logLevel },
    ofServer('host', host),
    ofServer('port', port),
    { option: 'apiKey', value: apiKey.value && MASK, source: apiKey.source },
    { option: 'simulatorNetwork', ...simulatorNetwork },
    { option: 'dashboardUrl', ...dashboardUrl },
  ]
}

/** Which options of which plugins flags and environment win over. */
const overruled: Readonly<Record<string, Readonly<Record<string, keyof Options>>>> = {
  http: { host: 'host', port: 'port', trustedProxies: 'trustedProxies' },
  realtime: {
    port: 'wsPort',
    pingIntervalMs: 'wsPingInterval',
    pingTimeoutMs: 'wsPingTimeout',
    maxBufferBytes: 'wsMaxBufferSize',
  },
}

/** A plugin's options as they are in force. */
function pluginRows(entry: PluginEntry, { options, config }: Prepared): Row[] {
  const rows = optionRows(entry, config?.name ?? 'config')
  const given = Object.entries(overruled[entry.spec.name] ?? {})
    .map(([option, name]): Row => ({ option, ...options[name] }))
    .filter((it) => it.value !== undefined)
  const isNew = ({ option }: Row) => rows.every((it) => it.option !== option)
  return [...rows.map((row) => given.find((it) => it.option === row.option) ?? row), ...given.filter(isNew)]
}

function optionRows({ spec, config }: PluginEntry, source: string): Row[] {
  const parsed = spec.config.safeParse(config)
  return flatten(parsed.success ? parsed.data : config, []).map(({ path, value }) => {
    const secret = path.some((it) => isSecretName(String(it))) && value !== undefined
    return {
      option: jsonPath(path),
      value: secret ? MASK : value,
      source: !isGiven(config, path) ? 'default' : parsed.success ? source : `${source}, as it stands there`,
    }
  })
}

interface Leaf {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/** Plain objects are opened; everything else is one value. */
function flatten(value: unknown, path: Leaf['path']): Leaf[] {
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  if (!isPlain) return path.length === 0 ? [] : [{ path, value }]
  const inside = Object.entries(value).flatMap(([key, it]) => flatten(it, [...path, key]))
  return inside.length === 0 && path.length > 0 ? [{ path, value }] : inside
}

/** True when the config itself has a value there. */
function isGiven(config: unknown, path: Leaf['path']): boolean {
  const at = path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    config,
  )
  return at !== undefined
}

function shown(value: unknown): string {
  if (value === undefined) return '-'
  if (typeof value === 'string') return value === '' ? "''" : value
  return JSON.stringify(value, (key, it) => (isSecretName(key) ? MASK : it)) ?? typeof value
}
