import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startReceiver } from '../fixtures/receiver.ts'

const child = fileURLToPath(new URL('../fixtures/telling-child.ts', import.meta.url))
/** How many events a host has to tell at most, so that they are delivered before anybody is old. */
const MANY = 120

/** What became of the events of hosts that were killed. */
export interface KilledHosts {
  /** Events that were committed. */
  readonly committed: number
  /** Those of them that never arrived. */
  readonly lost: readonly number[]
  /** Events that arrived under more ids than one. */
  readonly renamed: readonly number[]
  /** Ids under which more events than one arrived. */
  readonly shared: number
  /** Arrivals beyond the first of an event. */
  readonly repeated: number
  /** How the last host ended, which was let to its end. */
  readonly code: number | null
}

/**
 * Kills one host after another while it records events and delivers them, and lets the last one deliver what is left. One in
 * five answers is lost, so that there are retries to be killed in as well.
 * @param deaths for each host how many deliveries arrive before it is killed; with 0 it dies by what it has told
 */
export async function killedHosts(deaths: readonly number[]): Promise<KilledHosts> {
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-webhooks-kill-'))
  let nth = 0
  await using receiver = await startReceiver((response) => (++nth % 5 === 0 ? response.destroy() : response.end()))
  try {
    const committed: number[] = []
    for (const [round, arrived] of deaths.entries()) {
      const before = receiver.received.length
      const enough = (told: number) => (arrived > 0 ? receiver.received.length - before >= arrived : told >= 25)
      committed.push(...(await tellAndKill(directory, receiver.url, round * MANY, enough)).told)
    }
    const { code } = await tellAndKill(directory, receiver.url, 0, toTheEnd)

    const ids = new Map<number, Set<unknown>>()
    for (const { headers, body } of receiver.received) {
      const { n } = JSON.parse(body).data
      ids.set(n, (ids.get(n) ?? new Set()).add(headers['webhook-id']))
    }
    const all = [...ids.values()].flatMap((those) => [...those])
    return {
      committed: committed.length,
      lost: committed.filter((n) => !ids.has(n)),
      renamed: [...ids].filter(([, those]) => those.size !== 1).map(([n]) => n),
      shared: all.length - new Set(all).size,
      repeated: receiver.received.length - ids.size,
      code,
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs a host and kills it as soon as `enough`. Answers what it had committed. */
async function tellAndKill(directory: string, url: string, from: number, enough: (told: number) => boolean) {
  const many = String(enough === toTheEnd ? 0 : MANY)
  const telling = spawn(process.execPath, [child, directory, url, String(from), many], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => telling.once('close', resolve))
  const told: number[] = []
  const watch = setInterval(() => enough(told.length) && telling.kill('SIGKILL'), 1)
  for await (const line of createInterface({ input: telling.stdout })) told.push(Number(line))
  clearInterval(watch)
  return { told, code: await ended }
}

const toTheEnd = () => false
