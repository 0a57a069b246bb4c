import type { CommandToken, Contribution, EventToken, KernelView } from '@waqtor/kernel'

/**
 * Says that an event shows what a command shows, where looking is a deed of its own. Before somebody is sent the first of
 * these events over a connection, the command is run in their name: so it passes the gate, keeps to their limits and is in the
 * audit log like any other look. Where it is refused, the event is not sent.
 */
export interface Disclosure extends Contribution {
  readonly kind: 'disclosure'
  readonly event: EventToken
  /** Takes the account as its only input, and changes nothing. */
  readonly command: CommandToken
}

/**
 * Makes a disclosure; put it into `contributes` of the plugin that the event belongs to.
 * @example contributes: [defineDisclosure(SessionQr, getQr)]
 */
export function defineDisclosure(event: EventToken, command: CommandToken): Disclosure {
  return Object.freeze({ kind: 'disclosure', event, command })
}

/** The command that shows what an event shows; nothing for almost all events. */
export function disclosingCommand(kernel: Contributed, event: string): CommandToken | undefined {
  return disclosuresOf(kernel).find((it) => it.event.id === event)?.command
}

/** Whether a command is a look at what some event shows. */
export function isDisclosing(kernel: Contributed, command: string): boolean {
  return disclosuresOf(kernel).some((it) => it.command.id === command)
}

type Contributed = Pick<KernelView, 'contributions'>

function disclosuresOf(kernel: Contributed): readonly Disclosure[] {
  return kernel.contributions('disclosure') as readonly Disclosure[]
}
