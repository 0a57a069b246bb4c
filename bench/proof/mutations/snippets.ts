/** An edit of one source file. `find` has to stand in it exactly once. */
export interface Edit {
  /** From the root of the project. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/**
 * Promises that are taken away one at a time, to see that the proof notices. All that is known here about the inside of the
 * product stands in this file; when the product changes, the proof stops and says which snippet is to be mended.
 */
export const mutations = {
  /** A message is handed over while the commit that records it is still to come. */
  'durable before send': [
    {
      file: 'plugins/messages/src/outbox/dispatcher.ts',
      find: 'written = await file.write(work)',
      replace: 'for (const it of starting) this.#send(session, it); written = await file.write(work)',
    },
    {
      file: 'plugins/messages/src/outbox/dispatcher.ts',
      find: 'this.#send(session === this.#session && gates.areComplete ? session : undefined, prepared)',
      replace: 'if (Date.now() < 0) this.#send(session, prepared)',
    },
  ],
  /** A process goes on writing about rows that another one has taken over. */
  'epoch check': [
    {
      file: 'plugins/messages/src/outbox/ownership.ts',
      find: 'if (row!.epoch !== this.epoch)',
      replace: 'if (row!.epoch < 0)',
    },
  ],
  /** What was under way at a crash counts as not sent, without a look into the chat. */
  'history check': [
    {
      file: 'plugins/messages/src/outbox/reconciler.ts',
      find: 'return await Promise.race([transport.findSent(query), late])',
      replace: "return await Promise.race([query && { outcome: 'absent' as const }, late])",
    },
  ],
  /** The last commits may be lost with the power, though they were reported as made. */
  'synced commits': [
    {
      file: 'plugins/sqlite-engine/src/connection.ts',
      find: "durable ? 'FULL' : 'OFF'",
      replace: "durable ? 'NORMAL' : 'OFF'",
    },
    {
      file: 'plugins/sqlite-engine/src/connection.ts',
      find: 'level !== (durable ? 2 : 0)',
      replace: 'level !== (durable ? 1 : 0)',
    },
  ],
} as const satisfies Record<string, readonly Edit[]>

export type Mutation = keyof typeof mutations

/** @throws when the source does not say what is to be replaced, or says it more than once */
export function edited(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { file, find, replace }) => {
    const times = text.split(find).length - 1
    if (times !== 1)
      throw new Error(`${file} says ${times} times what is to be replaced once; mend snippets.ts: ${find}`)
    return text.replace(find, () => replace)
  }, source)
}
