import { readdirSync, readlinkSync } from 'node:fs'
import type { Inspection, KernelView } from '../kernel.ts'
import { liveTimers } from './live-timers.ts'

/** What is registered in a kernel and held by the process at one moment. */
export interface Snapshot {
  readonly registries: Omit<Inspection, 'plugins'>
  /** Timers, servers, sockets and the like by kind, and listeners of the process by event. */
  readonly resources: Readonly<Record<string, number>>
  /** What each open file descriptor points at; empty where the system does not tell. */
  readonly files: readonly string[]
}

/** Looks at everything that a plugin could leave behind. Take one before a plugin is loaded and one after it is gone. */
export function snapshot(kernel?: KernelView): Snapshot {
  const { plugins: _, ...registries } = kernel?.inspect() ?? {
    services: [],
    commands: [],
    events: [],
    listeners: {},
    taps: {},
    plugins: [],
  }
  const listeners = process.eventNames().map((it) => [`process.on('${String(it)}')`, process.listenerCount(it)])
  const resources = {
    ...count(process.getActiveResourcesInfo()),
    ...Object.fromEntries(listeners),
    Timeout: liveTimers(),
  }
  return { registries, resources, files: openFiles() }
}

/**
 * What `after` has that `before` had not, as readable lines; empty when nothing was left behind.
 * @example expect(leftovers(before, snapshot(kernel))).toEqual([])
 */
export function leftovers(before: Snapshot, after: Snapshot): string[] {
  return [
    ...more('resource', before.resources, after.resources),
    ...more('file', count(before.files), count(after.files)),
    ...more('service', count(before.registries.services), count(after.registries.services)),
    ...more('command', count(before.registries.commands), count(after.registries.commands)),
    ...more('event', count(before.registries.events), count(after.registries.events)),
    ...more('listener', before.registries.listeners, after.registries.listeners),
    ...Object.entries(after.registries.taps).flatMap(([hook, owners]) =>
      more(`tap on '${hook}' by`, count(before.registries.taps[hook] ?? []), count(owners)),
    ),
  ]
}

function more(
  kind: string,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(after).flatMap(([name, now]) =>
    now > (before[name] ?? 0) ? [`${kind} ${name}: ${before[name] ?? 0} → ${now}`] : [],
  )
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function openFiles(): string[] {
  try {
    // Sockets and pipes carry numbers that change; Node counts those as resources.
    return readdirSync('/proc/self/fd')
      .map(targetOf)
      .filter((it) => it.startsWith('/') && !it.startsWith('/proc/'))
      .sort()
  } catch {
    return []
  }
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return ''
  }
}
