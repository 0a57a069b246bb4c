import type { Connect, Dialled } from '../dial.ts'

/** Connects nowhere and remembers where it should have. */
export interface RecordingConnect {
  readonly dialled: readonly Dialled[]
  readonly connect: Connect
}

/** For tests of what may be reached: a guard that fails is seen, and reaches nothing. */
export function recordingConnect(): RecordingConnect {
  const dialled: Dialled[] = []
  return {
    dialled,
    async connect(to) {
      dialled.push(to)
      throw new Error('this test connects nowhere')
    },
  }
}
