import { expect, test } from 'vitest'
import { problemLine } from '../problem.ts'
import { readDotEnv } from './dotenv.ts'
import { environmentNames, type OptionsInput, readOptions, strangeVariables } from './options.ts'

const base: OptionsInput = {
  flags: {},
  env: {},
  dotEnv: undefined,
  config: undefined,
  configName: 'waqtor.config.ts',
  directories: { user: '/home/me', working: '/srv/wa', config: '/etc/wa' },
}

test('flags win over environment, that over .env, that over the config, that over the default', () => {
  const levels = (input: Partial<OptionsInput>) => readOptions({ ...base, ...input }).options.logLevel
  const dotEnv = readDotEnv('WAQTOR_LOG_LEVEL=warn', '.env')
  const all = {
    flags: { 'log-level': 'error' },
    env: { WAQTOR_LOG_LEVEL: 'debug' },
    dotEnv,
    config: { logLevel: 'info' as const },
  }
  expect(levels(all)).toEqual({ value: 'error', source: '--log-level' })
  expect(levels({ ...all, flags: {} })).toEqual({ value: 'debug', source: 'WAQTOR_LOG_LEVEL' })
  expect(levels({ dotEnv, config: all.config })).toEqual({ value: 'warn', source: 'WAQTOR_LOG_LEVEL in .env' })
  expect(levels({ config: all.config })).toEqual({ value: 'info', source: 'waqtor.config.ts' })
  expect(levels({ defaultLogLevel: 'debug' })).toEqual({ value: 'debug', source: 'default' })
  expect(levels({})).toEqual({ value: 'info', source: 'default' })
})

test('a relative data directory is relative to where it was named', () => {
  const data = (input: Partial<OptionsInput>) => readOptions({ ...base, ...input }).options.data.value
  expect(data({ flags: { data: 'd' } })).toBe('/home/me/d')
  expect(data({ env: { WAQTOR_DATA: 'd' } })).toBe('/srv/wa/d')
  expect(data({ config: { data: 'd' } })).toBe('/etc/wa/d')
  expect(data({})).toBe('/srv/wa/data')
  expect(data({ flags: { data: '/abs' } })).toBe('/abs')
})

test('an empty variable counts as none', () => {
  const { options, problems } = readOptions({ ...base, env: { WAQTOR_PORT: '', WAQTOR_API_KEY: '' } })
  expect(options.port).toEqual({ value: undefined, source: 'default' })
  expect(problems).toEqual([])
})

test('what flags and environment say of the server is handed on', () => {
  const { options } = readOptions({
    ...base,
    flags: { port: '0' },
    env: { WAQTOR_HOST: '::1', WAQTOR_SIMULATOR_NETWORK: 'http://127.0.0.1:9180', WAQTOR_API_KEY: 'k'.repeat(32) },
  })
  expect(options.host).toEqual({ value: '::1', source: 'WAQTOR_HOST' })
  expect(options.port).toEqual({ value: 0, source: '--port' })
  expect(options.simulatorNetwork.value).toBe('http://127.0.0.1:9180')
  expect(options.apiKey.value).toHaveLength(32)
})

test('what the environment says of live channels and of the dashboard is handed on, and what is wrong is told', () => {
  const dotEnv = readDotEnv('WS_PING_INTERVAL=20000\nWS_PING_TIMEOUT=5000\nWS_MAX_BUFFER_SIZE=2000000', '.env')
  const env = { WS_PORT: '9090', DASHBOARD_URL: 'https://dash.example.org' }
  const { options, problems } = readOptions({ ...base, env, dotEnv })
  expect(problems).toEqual([])
  expect(options).toMatchObject({
    wsPort: { value: 9_090, source: 'WS_PORT' },
    wsPingInterval: { value: 20_000, source: 'WS_PING_INTERVAL in .env' },
    wsPingTimeout: { value: 5_000 },
    wsMaxBufferSize: { value: 2_000_000 },
    dashboardUrl: { value: 'https://dash.example.org', source: 'DASHBOARD_URL' },
  })
  const wrong = { WS_PORT: '70000', WS_PING_INTERVAL: '15s', WS_PING_TIMEOUT: '0', WS_MAX_BUFFER_SIZE: '-1' }
  const lines = readOptions({ ...base, env: { ...wrong, DASHBOARD_URL: 'dash' } }).problems.map(problemLine)
  expect(lines).toEqual([
    "environment: host: WS_PORT: expected a whole number from 0 to 65535, got '70000'. Correct it.",
    "environment: host: WS_PING_INTERVAL: expected a whole number from 1 to 999999999, got '15s'. Correct it.",
    "environment: host: WS_PING_TIMEOUT: expected a whole number from 1 to 999999999, got '0'. Correct it.",
    "environment: host: WS_MAX_BUFFER_SIZE: expected a whole number from 1 to 999999999, got '-1'. Correct it.",
    "environment: host: DASHBOARD_URL: expected an address such as https://dash.example.org, got 'dash'. Correct it.",
  ])
})

test('what the environment says of proxies is handed on as it stands, and what is no address is told', () => {
  const proxies = (text: string) => readOptions({ ...base, env: { WAQTOR_TRUSTED_PROXIES: text } })
  const { options, problems } = proxies('loopback, 10.1.0.0/16,fd00::1')
  expect(problems).toEqual([])
  expect(options.trustedProxies).toEqual({ value: 'loopback, 10.1.0.0/16,fd00::1', source: 'WAQTOR_TRUSTED_PROXIES' })
  expect(proxies('loopback,nginx').problems.map(problemLine)).toEqual([
    "environment: host: WAQTOR_TRUSTED_PROXIES: expected addresses, networks such as 10.1.0.0/16, loopback or private, separated by commas, got 'loopback,nginx'. Correct it.",
  ])
})

test('every wrong value is told at once, with its place and without the secret', () => {
  const { problems } = readOptions({
    ...base,
    flags: { 'log-level': 'inf' },
    env: { WAQTOR_HOST: 'not a host', WAQTOR_API_KEY: 'hunter2', WAQTOR_SIMULATOR_NETWORK: 'ftp://x' },
    dotEnv: readDotEnv('\nWAQTOR_PORT=70000', '.env'),
  })
  const lines = problems.map(problemLine)
  expect(lines).toHaveLength(5)
  expect(lines.join('\n')).not.toContain('hunter2')
  expect(lines).toEqual(
    expect.arrayContaining([
      ".env:2:1: host: WAQTOR_PORT: expected a whole number from 0 to 65535, got '70000'. Correct it.",
      "command line: host: --log-level: expected debug | info | warn | error, got 'inf'. Did you mean 'info'?",
      'environment: host: WAQTOR_API_KEY: expected 32 characters or more, got 7. Take a longer key: openssl rand -hex 32',
    ]),
  )
})

test('a variable that looks like one of ours and is none gets the nearest', () => {
  expect(strangeVariables(['WAQTOR_PROT', 'WAQTOR_PORT', 'HOME', 'WAQTOR_ZZZZZZZZZ'])).toEqual([
    { name: 'WAQTOR_PROT', nearest: 'WAQTOR_PORT' },
  ])
  expect(strangeVariables(environmentNames)).toEqual([])
})
