/** Places between two steps of a send at which a process may die, in their order. */
export const sendPoints = [
  /** A turn begins, in which rows may be claimed. */
  'before-claim',
  /** A row is being made ready: its message id is drawn, or its chat is looked at. */
  'claimed',
  /** `sending` is written, and not committed. */
  'sending-uncommitted',
  /** `sending` is on the disk, and the transport has not been called. */
  'before-call',
  /** The page has the message and the network does not. */
  'in-the-page',
  /** The network has taken it, and WaQtor has not heard of it. */
  'taken-unanswered',
  /** WaQtor has heard of it, and has not committed it. */
  'sent-uncommitted',
  /** It is committed, and no event has been emitted. */
  'sent-unannounced',
] as const

/** Places in the search for a message whose fate is open. */
export const searchPoints = ['look-up', 'looked-up'] as const

export type CrashPoint = (typeof sendPoints)[number] | (typeof searchPoints)[number]

const points: readonly string[] = [...sendPoints, ...searchPoints]

/** The place at which this process is to die, and after how many times of passing it. */
export class ArmedPoint {
  readonly name: CrashPoint
  readonly #signal: NodeJS.Signals
  #left: number

  constructor(name: CrashPoint, passings: number, signal: NodeJS.Signals) {
    this.name = name
    this.#left = passings
    this.#signal = signal
  }

  /** True when the process is to end here, at this passing. */
  isDue(name: CrashPoint): boolean {
    return name === this.name && --this.#left === 0
  }

  /** The process ends, or stops, in here. */
  strike(): void {
    process.kill(process.pid, this.#signal)
  }

  pass(name: CrashPoint): void {
    if (this.isDue(name)) this.strike()
  }
}

/** The variables that arm a point in a process that is started with the config beside this file. */
export function arming(name: CrashPoint, passings: number, signal: NodeJS.Signals = 'SIGKILL'): Record<string, string> {
  return { PROOF_POINT: name, PROOF_PASSINGS: String(passings), PROOF_SIGNAL: signal }
}

export function armed(env: NodeJS.ProcessEnv): ArmedPoint | undefined {
  const { PROOF_POINT: name, PROOF_PASSINGS: passings, PROOF_SIGNAL: signal } = env
  if (name === undefined) return undefined
  if (!isPoint(name)) throw new Error(`there is no crash point '${name}'`)
  return new ArmedPoint(name, Number(passings), signal === 'SIGSTOP' ? signal : 'SIGKILL')
}

function isPoint(name: string): name is CrashPoint {
  return points.includes(name)
}
