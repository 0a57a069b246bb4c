import { type Call, denied, type KernelView } from '@waqtor/kernel'
import type { Subject } from './store.ts'

/**
 * Which subjects a caller may see at this moment: those whose event they may see, asked at the one gate, so that what is
 * locked or out of reach is not told here either.
 * @param caller with `via`: what comes from outside waits while a check is being restarted
 * @throws WaqtorError WAQ_RELOADING (503) then: nobody knows yet what may be seen
 */
export async function visible<S extends Subject>(
  kernel: Pick<KernelView, 'authorize'>,
  caller: Partial<Call>,
  subjects: readonly S[],
): Promise<readonly S[]> {
  const denials = await Promise.all(subjects.map((it) => kernel.authorize(guardedBy(it), caller, it.instance)))
  const unknown = denials.find((it) => it?.status === 503)
  if (unknown) throw denied(unknown)
  return subjects.filter((_, index) => denials[index] === undefined)
}

function guardedBy({ event, permission, instance }: Subject) {
  return { id: event, permission, scope: instance === null ? 'host' : 'instance' } as const
}
