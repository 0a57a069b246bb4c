import { fileURLToPath } from 'node:url'
import type { Launch } from '@waqtor/host/testing'
import type { Mutation } from './snippets.ts'

const hook = fileURLToPath(new URL('./hook.ts', import.meta.url))

/** How to start a host from which one promise is taken away. */
export function mutated(mutation: Mutation, launch: Launch = {}): Launch {
  return {
    ...launch,
    nodeFlags: [...(launch.nodeFlags ?? []), '--import', hook],
    env: { ...launch.env, PROOF_MUTATION: mutation },
  }
}
