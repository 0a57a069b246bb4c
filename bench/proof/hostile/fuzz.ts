import { apiKey, type Operation, operationsOf, pathWith, type Stack } from '@waqtor/host/testing'
import { type Chance, chance as draw } from '../kit/chance.ts'
import { stand } from '../kit/stand.ts'
import { collectable, keptMb, watchMemory } from './memory.ts'
import { counted, below as staysBelow, type Trial } from './trial.ts'

const nasty: readonly unknown[] = [
  null,
  '',
  ' ',
  'default',
  '__proto__',
  '\0',
  '\u202e',
  '\ud800',
  '../../etc/passwd',
  "'; DROP TABLE keys; --",
  '<script>alert(1)</script>',
  '{{constructor}}',
  'x'.repeat(70_000),
  '+201001234567',
  '٠١٠٠١٢٣٤٥٦٧',
  -1,
  0,
  1e308,
  -0,
  2 ** 53,
  0.1,
  true,
  [],
  {},
  [[[[]]]],
  { a: { b: { c: null } } },
  Array.from({ length: 2_000 }, () => 'x'),
]
/** Those that end or change what the others are tried on. */
const left: ReadonlySet<string> = new Set([
  'instances.delete',
  'instances.logout',
  'instances.stop',
  'keys.revoke',
  'system.backup',
])

/** To hash a password takes 134 MB (128 r N bytes of scrypt), on purpose, and two are hashed at once at most. */
const PASSWORDS = 268

/** Requests that the API's own document gives the shape of, made wrong. */
export const fuzz: Trial = {
  rows: 'B1, B11',
  name: 'fuzz',
  summary: '100,000 requests, each a worked request of the API document that was made wrong',
  async *run({ short, seed }) {
    await using place = await stand()
    const { stack } = place
    const host = await stack.startHost({ nodeFlags: collectable })
    const operations = (await operationsOf(stack)).filter((it) => !left.has(it.id))
    const chance = draw(seed)
    const total = short ? 1_000 : 100_000
    const kept = [await keptMb(host)]
    const growth = watchMemory(host.child.pid!)
    const faults = new Map<string, number>()
    const statuses = new Set<number>()
    for (let done = 0; done < total; done += 20) {
      if (done === total / 2) kept.push(await keptMb(host))
      const asked = Array.from({ length: 20 }, () => requestTo(operations[below(chance, operations.length)]!, chance))
      for (const [request, fault, status] of await Promise.all(asked.map((it) => ask(stack, it)))) {
        statuses.add(status)
        if (fault) faults.set(`${fault}: ${request}`, (faults.get(fault) ?? 0) + 1)
      }
    }
    for (const it of faults.keys()) console.log(`  ${it}`)
    yield counted(
      `answers of ${total} (${[...statuses].sort().join(', ')}) with a status from 500 on, or that tell too much`,
      faults.size,
      0,
    )
    const most = growth()
    const [beginning, middle, end] = [...kept, await keptMb(host)] as [number, number, number]
    yield staysBelow('memory that the first half left behind, with all that it had made', middle - beginning, 100, 'MB')
    yield staysBelow('and the second half beyond that', end - middle, 50, 'MB')
    yield staysBelow(`the most at any moment, ${PASSWORDS} MB of it for two passwords`, most, 100 + PASSWORDS, 'MB')
    yield counted('the status of /health afterwards', (await stack.request('GET', '/health')).status, 200)
  },
}

/** A whole number from 0 to below `end`. */
function below(chance: Chance, end: number): number {
  return chance.between(0, end - 1)
}

interface Request {
  readonly method: string
  readonly path: string
  readonly body?: string
}

function requestTo({ method, path, hasBody, example = {} }: Operation, chance: Chance): Request {
  const any = () => nasty[below(chance, nasty.length)]
  const to = pathWith(path, encodeURIComponent(String(any()).toWellFormed().slice(0, 100) || 'x'))
  const query = new URLSearchParams(
    Array.from({ length: below(chance, 3) }, (): [string, string] => [
      ['instance', 'limit', 'cursor', 'after', 'search', '__proto__'][below(chance, 6)]!,
      String(any()).toWellFormed().slice(0, 200),
    ]),
  )
  if (!hasBody) return { method, path: `${to}?${query}` }
  const body: Record<string, unknown> = structuredClone(example)
  const names = [...Object.keys(body), 'instance', 'extra', 'constructor']
  for (let i = 0; i <= below(chance, 3); i++) {
    const name = names[below(chance, names.length)]!
    if (below(chance, 4) === 0) delete body[name]
    else body[name] = any()
  }
  const text = JSON.stringify(body)
  return { method, path: to, body: below(chance, 20) === 0 ? text.slice(0, -1) : text }
}

async function ask(
  stack: Stack,
  { method, path, body }: Request,
): Promise<[request: string, fault: string | undefined, status: number]> {
  const response = await fetch(stack.address + path, {
    method,
    headers: { 'X-API-Key': apiKey, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const { status } = response
  const request = `${method} ${path} ${body?.slice(0, 300) ?? ''}`
  // A session that is not ready, and a network that cannot be reached, are no faults of the server's.
  if (status >= 500 && !/"code":"(session_not_ready|send_unknown|send_failed|action_\w+)"/.test(text))
    return [request, `${status} ${text.slice(0, 200)}`, status]
  if (status >= 400 && /SELECT |SQLITE|node_modules|\.ts:|\/home\/|\\n +at /.test(text) && !body?.includes('SELECT'))
    return [request, `it tells too much: ${text.slice(0, 300)}`, status]
  return [request, undefined, status]
}
