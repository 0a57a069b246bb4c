import type { Call, KernelView } from '@waqtor/kernel'
import type { Subject } from './store.ts'

/**
 * Which subjects a caller may see at this moment: those whose event they may see, asked at the one gate, so that what is
 * locked or out of reach is not told here either.
 */
export async function visible<S extends Subject>(
  kernel: Pick<KernelView, 'authorize'>,
  caller: Partial<Call>,
  subjects: readonly S[],
): Promise<readonly S[]> {
  const denials = await Promise.all(subjects.map((it) => kernel.authorize(guardedBy(it), caller, it.instance)))
  return subjects.filter((_, index) => denials[index] === undefined)
}

function guardedBy({ event, permission, instance }: Subject) {
  return { id: event, permission, scope: instance === null ? 'host' : 'instance' } as const
}
