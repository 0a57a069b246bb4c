import { type Call, type KernelView, WaqtorError } from '@waqtor/kernel'

/**
 * The recorded events that the caller may see in a log; of `wanted` only, when it is given.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) when one of `wanted` is no event at all
 */
export async function visibleTypes(
  kernel: Pick<KernelView, 'events' | 'authorize'>,
  call: Call,
  instance: string | null,
  wanted?: readonly string[],
): Promise<readonly string[]> {
  const unknown = wanted?.find((it) => kernel.events.get(it) === undefined)
  if (unknown !== undefined) {
    const message = `there is no event '${unknown}'`
    throw new WaqtorError('WAQ_INPUT_INVALID', message, { details: { errors: [{ path: 'types', message }] } })
  }
  const tokens = kernel.events.list().filter((it) => it.kind === 'recorded' && (!wanted || wanted.includes(it.id)))
  const denials = await Promise.all(tokens.map((it) => kernel.authorize(it, call, instance)))
  return tokens.filter((_, index) => denials[index] === undefined).map((it) => it.id)
}
