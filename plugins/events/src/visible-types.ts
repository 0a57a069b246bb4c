import type { Call, KernelView } from '@waqtor/kernel'

/** The recorded events that the caller may see in a log; of `wanted` only, when it is given. */
export async function visibleTypes(
  kernel: KernelView,
  call: Call,
  instance: string | null,
  wanted?: readonly string[],
): Promise<readonly string[]> {
  const tokens = kernel.events.list().filter((it) => it.kind === 'recorded' && (!wanted || wanted.includes(it.id)))
  const denials = await Promise.all(tokens.map((it) => kernel.authorize(it, call, instance)))
  return tokens.filter((_, index) => denials[index] === undefined).map((it) => it.id)
}
